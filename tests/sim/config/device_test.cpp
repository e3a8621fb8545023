#include "sim/config/device.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/support/support.hpp"

namespace phasecore::config {
namespace {

double polynomial(const std::vector<double>& c, double x) {
  double y = 0;
  for (std::size_t i = c.size(); i-- > 0;) y = y * x + c[i];
  return y;
}

double curve(const std::vector<CurvePiece>& pieces, double x) {
  for (const auto& p : pieces)
    if (x < p.upper)
      return std::clamp(p.log_slope * std::log(std::max(x, 1e-7)) + polynomial(p.polynomial, x), p.low,
                        p.high);
  throw std::logic_error("no piece");
}

double read_noise(const Device& d, double x) {
  const auto& q = d.read_noise;
  if (q.power_scale > 0)
    return std::min(q.power_scale / std::max(std::pow(x, q.power_exponent), q.power_floor), q.power_cap);
  return curve(q.pieces, x);
}

// Spot values that the aihwkit source gives (they are rounded to 4 digits).
TEST(Devices, HaveThePublishedStatisticsAtHalfRange) {
  struct Spot {
    const char* device;
    double sigma, mean, spread, q;
  };
  for (const Spot& s :
       {Spot{"pcm-90nm", 0.9527, 0.0490, 0.0080, 0.0138}, Spot{"hermes-2", 0.9910, 0.0564, 0.0090, 0.0167}}) {
    const Device d = load_device(s.device);
    EXPECT_NEAR(polynomial(d.programming_sigma_us, 0.5), s.sigma, 5.1e-5) << s.device;
    EXPECT_NEAR(curve(d.drift_mean, 0.5), s.mean, 5.1e-5) << s.device;
    EXPECT_NEAR(curve(d.drift_sigma, 0.5), s.spread, 5.1e-5) << s.device;
    EXPECT_NEAR(read_noise(d, 0.5), s.q, 5.1e-5) << s.device;
  }
}

TEST(Devices, HaveThePublishedRangeAndTimes) {
  const Device a = load_device("pcm-90nm"), b = load_device("hermes-1"), c = load_device("hermes-2");
  EXPECT_EQ(a.g_max_us, 25.0);
  EXPECT_EQ(b.g_max_us, 10.35);
  EXPECT_EQ(c.g_max_us, 20.7);
  EXPECT_EQ(a.t0_s, 20.0);
  EXPECT_EQ(b.t0_s, 200.0);
  EXPECT_EQ(c.t0_s, 300.0);
  EXPECT_EQ(a.read_time_s, 250e-9);
  EXPECT_EQ(b.read_time_s, 512e-9);
  EXPECT_EQ(c.read_time_s, 512e-9);
}

TEST(Devices, HaveCurvesWithoutLargeStepsBetweenPieces) {
  int joints = 0;
  for (const char* name : {"hermes-1", "hermes-2"}) {
    const Device d = load_device(name);
    for (const auto* pieces : {&d.drift_mean, &d.drift_sigma, &d.read_noise.pieces})
      for (std::size_t k = 0; k + 1 < pieces->size(); ++k, ++joints) {
        const double x = (*pieces)[k].upper, below = curve(*pieces, std::nextafter(x, 0)),
                     above = curve(*pieces, x);
        EXPECT_NEAR(below, above, 0.03 * above) << name << " at " << x;
      }
  }
  EXPECT_EQ(joints, 6);
}

std::string refusal(const std::vector<std::string>& assignments) {
  const std::string text = test::input_error([&] { load_device("pcm-90nm", assignments); });
  const auto at = text.find("error: ");
  return at == std::string::npos ? text : text.substr(at + 7, text.find("\n  with ") - at - 7);
}

TEST(Device, RefusesCurvesThatLeaveValuesWithoutAPiece) {
  EXPECT_EQ(refusal({"drift_mean=[]"}), "drift_mean needs at least one piece");
  EXPECT_EQ(refusal({"drift_mean=[{upper: 0.5, log_slope: 0, polynomial: [1], low: 0, high: 1}]"}),
            "drift_mean: the last piece must have upper: 1e9");
  EXPECT_EQ(refusal({"drift_sigma=[{upper: 1e9, log_slope: 0, polynomial: [1], low: 0, high: 1}, {upper: "
                     "1e9, log_slope: 0, "
                     "polynomial: [1], low: 0, high: 1}]"}),
            "drift_sigma: `upper` must grow from piece to piece");
  EXPECT_EQ(refusal({"read_noise.power_scale=0"}), "'read_noise': pieces needs at least one piece");
  EXPECT_EQ(refusal({"read_noise.power_floor=0"}),
            "'read_noise': power_floor must be positive when power_scale is");
  EXPECT_EQ(refusal({"programming_sigma_us=[]"}), "programming_sigma_us needs at least one coefficient");
  EXPECT_EQ(refusal({"drift_mean=[{upper: 1e9, log_slope: 0, polynomial: [1], low: 2, high: 1}]"}),
            "'drift_mean[0]': low must not exceed high");
}

}  // namespace
}  // namespace phasecore::config
