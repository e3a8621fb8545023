#include "sim/analog/core_pass.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "sim/analog/converter.hpp"
#include "tests/sim/analog/fixtures.hpp"
#include "tests/support/support.hpp"

namespace phasecore::analog {
namespace {

constexpr int kInputMax = 127, kLevels = 511;

Conductances random_conductances(std::uint32_t stream, int rows, int cols, float spread) {
  Conductances codes{rows, cols, test::normals(stream, static_cast<std::size_t>(rows) * cols)};
  for (float& v : codes.values) v = std::rint(v * spread);
  return codes;
}

/// A converter whose count is the sum itself.
Converter identity_converter() {
  Converter c;
  c.max_count = 1 << 24;
  c.full_scale = static_cast<double>(c.max_count) / (kInputMax * kLevels);
  return c;
}

std::vector<float> counts_of(const Conductances& codes, const Converter& converter, int batch,
                             const std::vector<std::int8_t>& inputs, NoiseKey key = {},
                             std::vector<std::int32_t> images = {}, std::vector<std::int32_t> positions = {},
                             int col_begin = 0) {
  images.resize(batch);
  positions.resize(batch);
  std::vector<float> counts(static_cast<std::size_t>(batch) * codes.cols);
  key.col_begin = col_begin;
  const PackedConductances packed(codes);
  multiply(packed, converter, {kInputMax, kLevels}, WidenedRows(packed, batch, inputs.data()).vectors(),
           {images.data(), positions.data()}, key, counts.data());
  return counts;
}

std::int64_t exact_sum(const Conductances& codes, const std::int8_t* input, int column) {
  std::int64_t sum = 0;
  for (int r = 0; r < codes.rows; ++r)
    sum +=
        static_cast<std::int64_t>(codes.values[static_cast<std::size_t>(r) * codes.cols + column]) * input[r];
  return sum;
}

TEST(CorePass, SumsAreExactForAnyShape) {
  int compared = 0;
  for (const auto& [rows, cols, batch] : std::vector<std::tuple<int, int, int>>{
           {1, 1, 1}, {2, 16, 6}, {3, 17, 7}, {27, 56, 5}, {255, 31, 13}, {256, 256, 9}, {512, 40, 3}}) {
    const Conductances codes = random_conductances(static_cast<std::uint32_t>(rows), rows, cols, 60);
    const auto inputs = test::int8_codes(5, static_cast<std::size_t>(rows) * batch, 127);
    const auto counts = counts_of(codes, identity_converter(), batch, inputs);
    for (int b = 0; b < batch; ++b)
      for (int c = 0; c < cols; ++c, ++compared)
        ASSERT_EQ(counts[static_cast<std::size_t>(b) * cols + c],
                  exact_sum(codes, inputs.data() + static_cast<std::size_t>(b) * rows, c))
            << rows << "x" << cols << ", vector " << b << ", column " << c;
  }
  EXPECT_EQ(compared, 1 + 96 + 119 + 280 + 403 + 2304 + 120);
}

/// Every device at its largest code and every input at -128: the largest sum a column can hold.
TEST(CorePass, SumsAreExactAtTheLimits) {
  for (const int rows : {256, 512, 516}) {
    Conductances codes{rows, 2, std::vector<float>(2 * static_cast<std::size_t>(rows), 511.0f)};
    for (int r = 0; r < rows; ++r)
      codes.values[2 * static_cast<std::size_t>(r) + 1] = r % 2 ? 511.0f : -510.0f;
    const std::vector<std::int8_t> inputs(static_cast<std::size_t>(rows), -128);
    Converter c = identity_converter();
    c.max_count *= 4;  // sums above 2^24 are no longer all floats: these are, being multiples of 128
    c.full_scale *= 4;
    const auto counts = counts_of(codes, c, 1, inputs);
    EXPECT_EQ(counts[0], -128.0 * 511 * rows);
    EXPECT_EQ(counts[1], -128.0 * (rows / 2));
  }
}

/// Conductances beyond 16 bits, or sums beyond 32, take the double path; what it gives is exact, too.
TEST(CorePass, CodesTooLargeForTheFastProductStayExact) {
  for (const float largest : {32767.0f, 32768.0f, 4000000.0f}) {
    Conductances codes{600, 3, std::vector<float>(1800)};
    for (std::size_t i = 0; i < codes.values.size(); ++i)
      codes.values[i] = (i % 2 ? -1.0f : 1.0f) * (largest - static_cast<float>(i % 7));
    const auto inputs = test::int8_codes(6, 600 * 2, 127);
    Converter c = identity_converter();
    c.max_count = std::numeric_limits<int>::max();
    c.full_scale = static_cast<double>(c.max_count) / (kInputMax * kLevels);
    const auto counts = counts_of(codes, c, 2, inputs);
    for (int b = 0; b < 2; ++b)
      for (int j = 0; j < 3; ++j) {
        const auto sum = exact_sum(codes, inputs.data() + 600 * b, j);
        // counts saturate at max_count, which is 2^31 as a float
        const float expected = std::min(std::max(static_cast<float>(sum), -2147483648.0f), 2147483648.0f);
        EXPECT_EQ(counts[3 * static_cast<std::size_t>(b) + static_cast<std::size_t>(j)], expected) << largest;
      }
  }
}

/// 16-bit codes whose sum, -2.5e9, does not fit 32 bits: it must saturate the ADC, not wrap to +1.8e9.
TEST(CorePass, SumsBeyond32BitsDoNotWrap) {
  const Conductances codes{600, 1, std::vector<float>(600, 32767.0f)};
  Converter c = identity_converter();
  c.max_count = std::numeric_limits<int>::max();
  c.full_scale = static_cast<double>(c.max_count) / (kInputMax * kLevels);
  EXPECT_EQ(counts_of(codes, c, 1, std::vector<std::int8_t>(600, -128))[0], -2147483648.0f);
}

TEST(CorePass, RefusesFractionalCodes) {
  Conductances codes{2, 1, {1.0f, 0.5f}};
  const std::vector<std::int8_t> inputs = {1, 1};
  EXPECT_EQ(test::internal_error([&] { counts_of(codes, identity_converter(), 1, inputs); }),
            "a conductance code is no integer");
}

TEST(CorePass, AVectorsCountsDoNotDependOnTheBatchAroundIt) {
  const Conductances codes = random_conductances(8, 100, 37, 80);
  const int batch = 20;
  const auto inputs = test::int8_codes(9, 100 * batch, 127);
  Converter c = identity_converter();
  c.max_count = 255;
  c.full_scale = 24;
  c.output_noise = 0.05;
  std::vector<std::int32_t> images(batch), positions(batch);
  std::iota(images.begin(), images.end(), 3);
  std::iota(positions.begin(), positions.end(), 100);
  const NoiseKey key{7, 2, 11, 1};
  const auto together = counts_of(codes, c, batch, inputs, key, images, positions);
  for (int b = 0; b < batch; ++b) {
    const std::vector<std::int8_t> one(inputs.begin() + 100 * b, inputs.begin() + 100 * (b + 1));
    const auto alone = counts_of(codes, c, 1, one, key, {images[b]}, {positions[b]});
    for (int j = 0; j < 37; ++j) ASSERT_EQ(alone[j], together[static_cast<std::size_t>(b) * 37 + j]);
  }
}

TEST(CorePass, OutputNoiseIsAddressedByTheLogicalColumn) {
  const Conductances all = random_conductances(10, 50, 48, 80);
  Conductances right{50, 20, {}};
  for (int r = 0; r < 50; ++r)
    for (int c = 28; c < 48; ++c) right.values.push_back(all.values[static_cast<std::size_t>(r) * 48 + c]);
  const auto inputs = test::int8_codes(11, 50, 127);
  Converter c = identity_converter();
  c.max_count = 4095;
  c.full_scale = 24;
  c.output_noise = 0.1;
  c.saturation_ua = 100;
  for (const bool oscillates : {false, true}) {
    if (oscillates) c.oscillator = {35, 0.0006, 100, 0.0709, 1};
    const auto whole = counts_of(all, c, 1, inputs, {1, 2, 3, 0}, {5}, {6});
    const auto part = counts_of(right, c, 1, inputs, {1, 2, 3, 0}, {5}, {6}, 28);
    for (int j = 0; j < 20; ++j) EXPECT_EQ(part[j], whole[28 + j]);
  }
}

TEST(CorePass, EveryPartOfTheNoiseAddressGivesOtherNoise) {
  const Conductances codes{1, 64, std::vector<float>(64, 0.0f)};
  const std::vector<std::int8_t> inputs = {1};
  Converter c = identity_converter();
  c.max_count = 4095;
  c.full_scale = 24;
  c.output_noise = 0.1;
  const NoiseKey base{1, 2, 3, 4};
  const auto reference = counts_of(codes, c, 1, inputs, base, {5}, {6});
  EXPECT_EQ(counts_of(codes, c, 1, inputs, base, {5}, {6}), reference);
  EXPECT_NE(counts_of(codes, c, 1, inputs, {9, 2, 3, 4}, {5}, {6}), reference);
  EXPECT_NE(counts_of(codes, c, 1, inputs, {1, 9, 3, 4}, {5}, {6}), reference);
  EXPECT_NE(counts_of(codes, c, 1, inputs, {1, 2, 9, 4}, {5}, {6}), reference);
  EXPECT_NE(counts_of(codes, c, 1, inputs, {1, 2, 3, 9}, {5}, {6}), reference);
  EXPECT_NE(counts_of(codes, c, 1, inputs, base, {9}, {6}), reference);
  EXPECT_NE(counts_of(codes, c, 1, inputs, base, {5}, {9}), reference);
}

/// 65,536 counts of no signal: noise of 0.1 devices is 17.06 counts; its spread is met within 5 standard
/// errors (1.4 %) and its mean within 5 standard errors of the mean.
TEST(CorePass, OutputNoiseHasTheStatedSpread) {
  const Conductances codes{1, 256, std::vector<float>(256, 0.0f)};
  const std::vector<std::int8_t> inputs(256, 0);
  Converter c = identity_converter();
  c.max_count = 4095;
  c.full_scale = 24;
  c.output_noise = 0.1;
  std::vector<std::int32_t> images(256), positions(256);
  std::iota(positions.begin(), positions.end(), 0);
  c.saturation_ua = 100;
  for (const bool oscillates : {false, true}) {
    if (oscillates) c.oscillator = {35, 0, 100, 0, 1};  // without the bow, both laws are straight
    const auto counts = counts_of(codes, c, 256, inputs, {1, 2, 3, 4}, images, positions);
    double sum = 0, squares = 0;
    for (const float v : counts) sum += v, squares += double{v} * v;
    const double expected = 0.1 * 4095 / 24, n = 65536;
    EXPECT_NEAR(sum / n, 0, 5 * expected / std::sqrt(n));
    EXPECT_NEAR(std::sqrt(squares / n - 1.0 / 12), expected, 0.014 * expected);
  }
}

TEST(Adc, RoundsHalfToEvenAndSaturatesAtBothEnds) {
  Converter c;
  c.max_count = 15;
  c.full_scale = 15.0 / (kInputMax * kLevels);  // a count is a sum of 1
  Conductances codes{1, 7, {0, 1, 2, 3, 15, 16, 400}};
  const auto counts = [&](std::int8_t x) { return counts_of(codes, c, 1, {x}); };
  EXPECT_EQ(counts(1), (std::vector<float>{0, 1, 2, 3, 15, 15, 15}));
  EXPECT_EQ(counts(-1), (std::vector<float>{0, -1, -2, -3, -15, -15, -15}));
  c.full_scale *= 2;  // a count is a sum of 2: 1/2, 3/2 and 15/2 lie between counts
  EXPECT_EQ(counts(1), (std::vector<float>{0, 0, 1, 2, 8, 8, 15}));
  EXPECT_EQ(counts(-1), (std::vector<float>{0, 0, -1, -2, -8, -8, -15}));
}

TEST(Adc, FullScaleIsTheSaturationCurrentOverOneDevicesCurrent) {
  config::Chip chip;
  chip.adc.saturation_ua = 100;
  chip.crossbar.read_voltage_v = 0.2;
  chip.crossbar.input_bits = 8;
  chip.crossbar.input_lsb_ns = 1;
  chip.reference.voltage_v = 0.2;
  chip.reference.pulse_ns = 128;
  chip.adc.output_noise = 0.04;
  config::Device device;
  device.g_max_us = 20.7;
  const Converter c = make_converter(chip, device, 8);
  EXPECT_EQ(c.max_count, 255);
  EXPECT_NEAR(c.full_scale, 24.1546, 1e-4);  // about 24 fully-on devices
  EXPECT_DOUBLE_EQ(c.output_noise, 0.04);
  chip.crossbar.read_voltage_v = 0.1;  // half the current of a device against the same noise
  EXPECT_NEAR(make_converter(chip, device, 8).full_scale, 2 * 24.1546, 1e-4);
  EXPECT_DOUBLE_EQ(make_converter(chip, device, 8).output_noise, 0.08);
  chip.crossbar.input_lsb_ns = 0.25;  // a quarter of the time to average it
  EXPECT_DOUBLE_EQ(make_converter(chip, device, 8).output_noise, 0.16);
}

/// 3,250 MHz above the idle frequency for 128 ns; a counter of fewer bits stops before.
TEST(Adc, OscillatorCountsNoMoreThanItsPulseAllows) {
  const config::Device device = config::load_device("hermes-2");
  const auto counts = [&](const std::vector<std::string>& settings, int bits) {
    return make_converter(config::load_chip("hermes", settings), device, bits).max_count;
  };
  EXPECT_EQ(counts({}, 12), 416);
  EXPECT_EQ(counts({}, 8), 255);
  EXPECT_EQ(counts({"crossbar.input_lsb_ns=0.1"}, 12), 41);
  EXPECT_EQ(counts({"crossbar.input_lsb_ns=0.001"}, 12), 1);  // at least one
  EXPECT_EQ(counts({"adc.law=linear"}, 12), 4095);
}

/// Mean error of the corrected counts of currents of few counts, all fractions alike.
double mean_error_of_counts(const std::string& mean_idle) {
  const config::Chip chip = config::load_chip("hermes", {"adc.cco_mean_idle=" + mean_idle});
  Converter c = make_converter(chip, config::load_device("hermes-2"), 12);
  c.oscillator->gain_spread = c.output_noise = 0;
  constexpr int kCurrents = 1000;
  const AdcBank adc(c, {kInputMax, kLevels}, {}, kCurrents);
  std::vector<float> sums(kCurrents), counts(kCurrents);
  const double count = kInputMax * kLevels * c.full_scale / c.max_count;
  const auto current = [](int i) { return 2 + 8 * (i + 0.5) / kCurrents; };  // in counts
  for (int i = 0; i < kCurrents; ++i) sums[i] = static_cast<float>(current(i) * count);
  adc.convert(sums.data(), nullptr, counts.data());
  const double bow = c.oscillator->b_per_ua * c.saturation_ua;
  double error = 0;
  for (int i = 0; i < kCurrents; ++i)
    error += counts[i] - current(i) * (1 + 0.1 * bow) / (1 + bow * current(i) / c.max_count);
  return error / kCurrents;
}

/// 6.4 idle counts: subtracted as 6, they leave 0.4 in every count, which the gain correction makes 0.374.
TEST(Adc, OscillatorKeepsAFractionOfItsIdleCountUnlessTheMeanIsSubtracted) {
  EXPECT_NEAR(mean_error_of_counts("false"), 0.374, 0.02);
  EXPECT_NEAR(mean_error_of_counts("true"), 0, 0.01);
}

Converter oscillator(double b, double spread) {
  Converter c;
  c.max_count = 4095;
  c.full_scale = 24;
  c.saturation_ua = 100;
  c.oscillator = {35, b, 100, spread, 0.1};
  return c;
}

/// Counts of small signals (2 % to 10 % of full scale) over their exact values, over 256 ADCs: what is left
/// multiplies over the layers of a network, so the mean must be within 1 %.
TEST(Adc, OscillatorHasUnitGainForSmallSignals) {
  for (const double spread : {0.0, 0.0709}) {
    const Converter c = oscillator(7.692e-4, spread);
    double ratio = 0;
    int n = 0;
    for (int device = 250; device <= 1226; device += 61)  // of 511 * 24 = full scale
      for (const float count :
           counts_of({1, 256, std::vector<float>(256, static_cast<float>(device))}, c, 1, {127})) {
        ratio += count / (4095.0 * device / (24 * kLevels));
        ++n;
      }
    EXPECT_EQ(n, 17 * 256);
    EXPECT_NEAR(ratio / n, 1, 0.01) << spread;
  }
}

/// The cores of one chain of partial sums are different silicon: each chain position has ADCs of its own.
TEST(Adc, OscillatorsOfAnotherHopHaveOtherGains) {
  const Conductances codes{1, 64, std::vector<float>(64, 5000.0f)};
  const Converter c = oscillator(7.692e-4, 0.0709);
  const auto first = counts_of(codes, c, 1, {127}, {1, 2, 3, 0}),
             second = counts_of(codes, c, 1, {127}, {1, 2, 3, 1});
  EXPECT_EQ(counts_of(codes, c, 1, {127}, {1, 2, 3, 0}), first);
  EXPECT_NE(first, second);
}

/// Seeds are a promise: these addresses, which no device and no output noise has.
TEST(Adc, OscillatorsDrawTheirGainsApartFromTheOutputNoise) {
  constexpr int kColumns = 64, kColBegin = 5, kChainPosition = 4;
  const NoiseKey key{1, 2, 3, kChainPosition, kColBegin};
  Converter c = oscillator(0, 0.0709);
  c.oscillator->c_mhz = 0;
  c.oscillator->calibration_level =
      1;  // straight and without offset: what is left of a gain is the rounding of its count
  const auto expected = [&](std::uint32_t field) {
    std::vector<float> z(kColumns), counts;
    common::fill_normal({1, common::Purpose::OutputNoise, 2, 3, 0, field}, 0, kChainPosition, kColBegin,
                        kColumns, z.data());
    for (const float normal : z) {
      const double gain = 1 + 0.0709 * normal;
      counts.push_back(std::rint(static_cast<float>(4095 * gain)) * static_cast<float>(1 / gain));
      if (counts.back() > 4095) counts.back() = 4095;
    }
    return counts;
  };
  const std::vector<float> full(kColumns, 127.0f * kLevels * 24), quiet(kColumns, 0.0f);
  std::vector<float> counts(kColumns);
  AdcBank(c, {127, kLevels}, key, kColumns).convert(full.data(), quiet.data(), counts.data());
  EXPECT_EQ(counts, expected(2));
  for (const std::uint32_t of_others : {0u, 1u}) EXPECT_NE(counts, expected(of_others));
}

/// The oscillator's counts as the law says them, after the two-point correction: zero at no current, exact at
/// the calibration level, above the straight line before it and below it after (B bends the curve), odd,
/// monotone.
TEST(Adc, OscillatorLeavesOnlyItsBow) {
  Converter c = oscillator(0.0006, 0);
  const double bow = c.oscillator->b_per_ua * c.saturation_ua, level = c.oscillator->calibration_level;
  const int n = 24 * kLevels;  // column j carries j / n of full scale at full input
  Conductances codes{1, n + 1, std::vector<float>(n + 1)};
  std::iota(codes.values.begin(), codes.values.end(), 0.0f);
  for (const double spread : {0.0, 0.0709}) {
    c.oscillator->gain_spread = spread;
    const auto up = counts_of(codes, c, 1, {127}), down = counts_of(codes, c, 1, {-127});
    for (int j = 0; j <= n; ++j) {
      const double u = static_cast<double>(j) / n;
      const double law = 4095 * u * (1 + bow * level) / (1 + bow * u);
      // Half a raw count, widened by the slowest oscillator's correction.
      ASSERT_NEAR(up[j], law, spread == 0 ? 0.51 : 0.8) << j;
      ASSERT_EQ(down[j], -up[j]) << j;
      if (spread == 0 && j > 0) {
        ASSERT_GE(up[j], up[j - 1]) << j;
      }
    }
    EXPECT_EQ(up[0], 0);
    EXPECT_NEAR(up[n / 10] / 4095, 0.1, 5e-4);
    EXPECT_NEAR(up[n] / 4095, (1 + bow * level) / (1 + bow), 5e-4);
  }
}

TEST(Digital, AffineRoundsOnceToHalfPrecision) {
  const int cols = 19, batch = 3;
  const auto scale = test::normals(20, cols), offset = test::normals(21, cols);
  auto counts = test::normals(22, cols * batch);
  for (float& v : counts) v = std::rint(v * 50);
  const auto received = test::int8_codes(23, cols * batch, 127);
  const Affine a{scale, offset};
  std::vector<float> alone(counts.size()), with(counts.size());
  affine(batch, cols, counts.data(), a, nullptr, 0, alone.data());
  affine(batch, cols, counts.data(), a, received.data(), 0.37f, with.data());
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const std::size_t j = i % cols;
    const float own = counts[i] * scale[j] + offset[j];
    EXPECT_EQ(alone[i], round_fp16(own));
    EXPECT_EQ(with[i], round_fp16(own + static_cast<float>(received[i]) * 0.37f));
    EXPECT_NEAR(alone[i], own, std::fabs(own) / 2048 + 1e-7);  // 11 significant bits
  }
}

TEST(Digital, HalfPrecisionKnowsItsLandmarks) {
  EXPECT_EQ(round_fp16(1.0f + 1.0f / 2048), 1.0f);  // a tie goes to even
  EXPECT_EQ(round_fp16(1.0f + 3.0f / 2048), 1.0f + 2.0f / 1024);
  EXPECT_EQ(round_fp16(65504.0f), 65504.0f);
  EXPECT_EQ(round_fp16(65520.0f), std::numeric_limits<float>::infinity());
  EXPECT_EQ(round_fp16(5.9604645e-8f), 5.9604645e-8f);  // the smallest subnormal
}

TEST(Digital, CodesRoundToEvenAndSaturate) {
  EXPECT_EQ(to_code(0.5f, 1, 127), 0);
  EXPECT_EQ(to_code(1.5f, 1, 127), 2);
  EXPECT_EQ(to_code(-2.5f, 1, 127), -2);
  EXPECT_EQ(to_code(126.6f, 1, 127), 127);
  EXPECT_EQ(to_code(1e9f, 1, 127), 127);
  EXPECT_EQ(to_code(-1e9f, 1, 127), -127);
  EXPECT_EQ(to_code(round_fp16(1e9f), 1, 7), 7);  // infinity, too
  EXPECT_EQ(to_code(3.0f, 2, 127), 6);
}

}  // namespace
}  // namespace phasecore::analog
