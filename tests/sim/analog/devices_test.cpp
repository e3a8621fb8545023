#include "sim/analog/devices.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "common/random.hpp"
#include "sim/analog/vector_math.hpp"
#include "tests/sim/analog/fixtures.hpp"

namespace phasecore::analog {
namespace {

using test::ReferenceTable;

/// aihwkit's own times, as the columns of its tables name them.
const std::vector<std::pair<std::string, double>> kTimes = {
    {"t0", 0}, {"t0+20s", 20}, {"1h", 3600}, {"1d", 86400}, {"30d", 2592000}, {"1y", 31536000}};

/// The project's promise for recorded draws: 1e-6 relative + 1e-6 uS.
void expect_golden(double ours, double reference, const std::string& what) {
  EXPECT_NEAR(ours, reference, 1e-6 * std::fabs(reference) + 1e-6) << what;
}

class RecordedDevices : public testing::TestWithParam<const char*> {};

TEST_P(RecordedDevices, GiveAihwkitsConductancesAtEveryTime) {
  const std::string name = GetParam();
  const auto device = test::reference_device(name);
  const ReferenceTable table("golden_" + name + "_devices.csv");
  const std::size_t n = table.rows();
  ASSERT_EQ(n, 2048u);
  const auto target = table.floats("g_target"), z_prog = table.floats("z_prog"), z_nu = table.floats("z_nu");
  const auto z_read = table.floats("z_read");
  std::vector<float> g_prog(n), nu(n), g(n);
  program(device, n, target.data(), z_prog.data(), z_nu.data(), g_prog.data(), nu.data());
  for (std::size_t i = 0; i < n; ++i) {
    expect_golden(g_prog[i], table["g_prog"][i], "g_prog of device " + std::to_string(i));
    expect_golden(nu[i], table["nu"][i], "nu of device " + std::to_string(i));
  }
  for (const auto& [label, time] : kTimes) {
    read(device, n, g_prog.data(), nu.data(), time, z_read.data(), g.data());
    for (std::size_t i = 0; i < n; ++i)
      expect_golden(g[i], table["g_" + label][i], label + " of device " + std::to_string(i));
  }
}

TEST_P(RecordedDevices, FollowAihwkitsClosedForms) {
  const std::string name = GetParam();
  const auto device = test::reference_device(name);
  const ReferenceTable table(name + "_analytic.csv");
  ASSERT_GE(table.rows(), 200u);
  for (std::size_t r = 0; r < table.rows(); ++r) {
    const double g = table["g_target_uS"][r];
    const std::string at = name + " at " + std::to_string(g) + " uS";
    expect_golden(programming_sigma(device, g), table["sigma_prog_uS"][r], "sigma of " + at);
    expect_golden(drift_mean(device, g), table["mu_nu"][r], "mu_nu of " + at);
    expect_golden(drift_sigma(device, g), table["sigma_nu"][r], "sigma_nu of " + at);
    expect_golden(read_noise_q(device, g), table["q_s"][r], "Q of " + at);
    // The readout of a device programmed exactly, with the mean exponent, and what one unit of z adds to it.
    const float programmed = static_cast<float>(g), nu = static_cast<float>(drift_mean(device, g));
    const float time = static_cast<float>(table["t_inference_s"][r]), none = 0, one = 1;
    float quiet, noisy;
    read(device, 1, &programmed, &nu, time, &none, &quiet);
    read(device, 1, &programmed, &nu, time, &one, &noisy);
    expect_golden(quiet, table["g_drift_nominal_uS"][r], "drift of " + at);
    EXPECT_NEAR(noisy - quiet, table["sigma_read_nominal_uS"][r], 4e-6) << at;  // difference of two floats
  }
}

/// 32,768 devices per target against aihwkit's 200,000: a mean may differ by 5 standard errors of ours and
/// theirs together, a standard deviation by 5 relative standard errors (kurtosis of clipped and of absolute
/// values up to 6 taken into account).
TEST_P(RecordedDevices, HaveAihwkitsMeansAndSpreads) {
  const std::string name = GetParam();
  const auto device = test::reference_device(name);
  const ReferenceTable table(name + "_device_stats.csv");
  constexpr std::size_t n = 32768;
  const double shrink = std::sqrt(1.0 / n + 1.0 / 200000);
  const auto expect_moments = [&](const std::vector<float>& v, double mean, double deviation,
                                  const std::string& what) {
    double sum = 0, squares = 0, fourth = 0;
    for (const float x : v) sum += x;
    const double ours = sum / n;
    for (const float x : v) squares += (x - ours) * (x - ours);
    const double variance = squares / n;
    for (const float x : v) fourth += std::pow(x - ours, 4);
    const double kurtosis = variance > 0 ? fourth / n / (variance * variance) : 3;
    EXPECT_NEAR(ours, mean, 5 * deviation * shrink + 1e-6) << what;
    EXPECT_NEAR(std::sqrt(variance), deviation, 5 * deviation * shrink * std::sqrt((kurtosis - 1) / 4) + 1e-6)
        << what;
  };
  std::vector<float> target(n), g_prog(n), nu(n), g(n);
  double programmed_for = -1;
  std::uint32_t stream = 0;
  for (std::size_t r = 0; r < table.rows(); ++r) {
    const double g_target = table["g_target_uS"][r];
    const std::string at = name + " at " + std::to_string(g_target) + " uS, " + table.text("t_label")[r];
    if (g_target != programmed_for) {
      programmed_for = g_target;
      target.assign(n, static_cast<float>(g_target));
      const auto z_prog = test::normals(++stream, n), z_nu = test::normals(++stream, n);
      program(device, n, target.data(), z_prog.data(), z_nu.data(), g_prog.data(), nu.data());
      expect_moments(g_prog, table["prog_mean"][r], table["prog_std"][r], "programmed, " + at);
      expect_moments(nu, table["nu_mean"][r], table["nu_std"][r], "nu, " + at);
    }
    const auto z = test::normals(++stream, n);
    read(device, n, g_prog.data(), nu.data(), table["t_inference_s"][r], z.data(), g.data());
    expect_moments(g, table["final_mean"][r], table["final_std"][r], "read, " + at);
    const std::vector<float> quiet(n, 0.0f);
    read(device, n, g_prog.data(), nu.data(), table["t_inference_s"][r], quiet.data(), g.data());
    expect_moments(g, table["drift_mean"][r], table["drift_std"][r], "drifted, " + at);
  }
}

INSTANTIATE_TEST_SUITE_P(Devices, RecordedDevices, testing::Values("pcm", "hermes2"),
                         [](const auto& info) { return std::string(info.param); });

TEST(Devices, HaveThePublishedSpotValues) {
  const auto pcm = test::reference_device("pcm");
  EXPECT_NEAR(programming_sigma(pcm, 12.5), 0.9527, 5e-5);
  EXPECT_NEAR(drift_mean(pcm, 12.5), 0.0490, 5e-5);
  EXPECT_NEAR(drift_sigma(pcm, 12.5), 0.0080, 5e-5);
  EXPECT_NEAR(read_noise_q(pcm, 12.5), 0.0138, 5e-5);
  const auto hermes = test::reference_device("hermes2");
  EXPECT_NEAR(programming_sigma(hermes, 10.35), 0.9910, 5e-5);
  EXPECT_NEAR(drift_mean(hermes, 10.35), 0.0564, 5e-5);
  EXPECT_NEAR(drift_sigma(hermes, 10.35), 0.0090, 5e-5);
  EXPECT_NEAR(read_noise_q(hermes, 10.35), 0.0167, 5e-5);
}

/// hermes-1 has no recorded draws: its polynomials, written out here a second time.
TEST(Devices, Hermes1FollowsItsPolynomials) {
  const auto d = test::reference_device("hermes-1");
  ASSERT_EQ(d.g_max_us, 10.35);
  for (const double x : {0.0, 1e-4, 0.01, 0.09, 0.0946, 0.12, 0.1592, 0.25, 0.3038, 0.31, 0.6, 1.0}) {
    const double g = x * d.g_max_us, ln = std::log(std::max(x, 1e-7));
    const auto clip = [](double v, double lo, double hi) { return std::min(std::max(v, lo), hi); };
    EXPECT_NEAR(programming_sigma(d, g),
                0.15781817 + 2.32443916 * x - 2.16310839 * x * x + 0.68841818 * x * x * x, 1e-12);
    EXPECT_NEAR(
        drift_mean(d, g),
        x < 0.0945 ? clip(-0.0387 * ln - 0.0182, 0.0720, 0.13) : -0.0436 * x * x - 0.0126 * x + 0.0736,
        1e-12);
    EXPECT_NEAR(
        drift_sigma(d, g),
        x < 0.3039 ? clip(-0.0120 * ln - 0.0023, 0.0124, 0.04) : -0.0165 * x * x + 0.0116 * x + 0.0104,
        1e-12);
    EXPECT_NEAR(read_noise_q(d, g),
                x < 0.1591 ? clip(-0.0078 * ln + 0.0038, 0.0179, 0.04)
                           : 0.0664 * x * x * x - 0.1352 * x * x + 0.0768 * x + 0.0088,
                1e-12);
  }
}

/// The blocks compute in float what the scalar functions say in double.
TEST(Devices, BlocksAgreeWithTheScalarCurves) {
  for (const char* name : {"pcm", "hermes-1", "hermes2"}) {
    const auto d = test::reference_device(name);
    constexpr std::size_t n = 3000;  // no multiple of the block length
    std::vector<float> target(n), ones(n, 1.0f), g(n), nu(n), base(n), base_nu(n), zero(n, 0.0f);
    for (std::size_t i = 0; i < n; ++i) target[i] = static_cast<float>(d.g_max_us * i / (n - 1));
    program(d, n, target.data(), ones.data(), ones.data(), g.data(), nu.data());
    program(d, n, target.data(), zero.data(), zero.data(), base.data(), base_nu.data());
    for (std::size_t i = 0; i < n; ++i) {
      ASSERT_EQ(base[i], target[i]);
      ASSERT_NEAR(g[i], target[i] + programming_sigma(d, target[i]), 4e-6) << name << " " << target[i];
      ASSERT_NEAR(base_nu[i], drift_mean(d, target[i]), 1e-7) << name << " " << target[i];
      ASSERT_NEAR(nu[i], drift_mean(d, target[i]) + drift_sigma(d, target[i]), 1e-7)
          << name << " " << target[i];
    }
  }
}

TEST(Devices, DoNotDependOnHowManyAreHandledTogether) {
  const auto d = test::reference_device("hermes2");
  constexpr std::size_t n = 1500;
  const auto z1 = test::normals(71, n), z2 = test::normals(72, n), z3 = test::normals(73, n);
  std::vector<float> target(n), g(n), nu(n), out(n);
  for (std::size_t i = 0; i < n; ++i) target[i] = std::fabs(z3[i]) * 6;
  program(d, n, target.data(), z1.data(), z2.data(), g.data(), nu.data());
  read(d, n, g.data(), nu.data(), 3600, z3.data(), out.data());
  for (std::size_t i = 0; i < n; ++i) {
    float one_g, one_nu, one_out;
    program(d, 1, &target[i], &z1[i], &z2[i], &one_g, &one_nu);
    read(d, 1, &one_g, &one_nu, 3600, &z3[i], &one_out);
    ASSERT_EQ(one_g, g[i]);
    ASSERT_EQ(one_nu, nu[i]);
    ASSERT_EQ(one_out, out[i]);
  }
}

TEST(Devices, ProgrammingNoiseScalesWithALargerDevice) {
  auto d = test::reference_device("hermes2");
  const double sigma = programming_sigma(d, 0.3 * d.g_max_us);
  d.g_max_us *= 2;
  EXPECT_NEAR(programming_sigma(d, 0.3 * d.g_max_us), 2 * sigma, 1e-12);
  const float target = static_cast<float>(0.3 * d.g_max_us), one = 1;
  float programmed = 0, nu = 0;
  program(d, 1, &target, &one, &one, &programmed, &nu);
  EXPECT_NEAR(programmed, target + 2 * sigma, 1e-5);
}

/// Relative error of our exp and ln against double: 1.2e-7 is two thirds of a unit in the last place more
/// than half.
TEST(VectorMath, IsWithinAUnitInTheLastPlace) {
  double worst_log = 0, worst_exp = 0;
  for (int i = 0; i < 200000; ++i) {
    const float x = std::exp(-20.0f + 40.0f * i / 200000);
    const double ln = std::log(static_cast<double>(x));
    if (std::fabs(ln) > 1e-3)
      worst_log = std::max(worst_log, std::fabs(log_positive(x) - ln) / std::fabs(ln));
    const float y = -30.0f + 60.0f * i / 200000;
    const double e = std::exp(static_cast<double>(y));
    worst_exp = std::max(worst_exp, std::fabs(exp_clamped(y) - e) / e);
  }
  EXPECT_LT(worst_log, 1.2e-7);
  EXPECT_LT(worst_exp, 1.2e-7);
  EXPECT_EQ(exp_clamped(0.0f), 1.0f);  // no time, no drift
  EXPECT_EQ(log_positive(1.0f), 0.0f);
}

}  // namespace
}  // namespace phasecore::analog
