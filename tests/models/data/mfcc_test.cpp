#include "models/data/mfcc.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <random>

#include "tests/support/support.hpp"

namespace phasecore {
namespace {

using data::Mfcc;

constexpr double kPi = 3.14159265358979323846;

std::vector<double> noisy_tone(double hz, unsigned seed) {
  std::mt19937 engine(seed);
  std::vector<double> samples(Mfcc::kSamples);
  for (int i = 0; i < Mfcc::kSamples; ++i)
    samples[i] = 0.3 * std::sin(2 * kPi * hz * i / 16000) + (engine() % 2001 / 1000.0 - 1) * 0.05;
  return samples;
}

/// The definition written out: a direct Fourier sum over the window and the mel triangles by their corners in
/// hertz turned to mel, as TensorFlow's linear_to_mel_weight_matrix has them.
std::vector<double> direct(const std::vector<double>& samples, int frame, int length, int points) {
  std::vector<double> magnitude(points / 2 + 1);
  for (int k = 0; k <= points / 2; ++k) {
    std::complex<double> sum = 0;
    for (int i = 0; i < length; ++i) {
      const double hann = std::pow(std::sin(kPi * i / length), 2);
      sum += samples[frame * 320 + i] * hann * std::polar(1.0, -2 * kPi * k * i / points);
    }
    magnitude[k] = std::abs(sum);
  }
  const auto mel = [](double hz) { return 1127.0 * std::log(1 + hz / 700.0); };
  std::vector<double> corners(42);
  for (int b = 0; b < 42; ++b) corners[b] = mel(20) + (mel(4000) - mel(20)) * b / 41;
  std::vector<double> logs(40);
  for (int b = 0; b < 40; ++b) {
    double sum = 0;
    for (int k = 1; k <= points / 2; ++k) {
      const double at = mel(k * 16000.0 / points);
      const double rising = (at - corners[b]) / (corners[b + 1] - corners[b]);
      const double falling = (corners[b + 2] - at) / (corners[b + 2] - corners[b + 1]);
      sum += std::max(0.0, std::min(rising, falling)) * magnitude[k];
    }
    logs[b] = std::log(sum + 1e-6);
  }
  std::vector<double> coefficients(10);
  for (int c = 0; c < 10; ++c) {
    for (int b = 0; b < 40; ++b)
      coefficients[c] += 2 * logs[b] * std::cos(kPi * c * (2 * b + 1) / 80) / std::sqrt(2 * 40.0);
  }
  return coefficients;
}

TEST(Mfcc, EqualsTheDefinitionWithADirectFourierSum) {
  for (const Mfcc::Frame& heard : {Mfcc::k40Ms, Mfcc::k30Ms}) {
    const Mfcc mfcc(heard);
    for (double hz : {110.0, 1000.0, 3500.0, 6000.0}) {
      const auto samples = noisy_tone(hz, static_cast<unsigned>(hz));
      const auto features = mfcc(samples);
      ASSERT_EQ(features.size(), 490u);
      for (int frame : {0, 17, 48}) {
        const auto expected = direct(samples, frame, heard.samples, heard.transform);
        for (int c = 0; c < 10; ++c)
          EXPECT_NEAR(features[frame * 10 + c], expected[c], 1e-9)
              << heard.samples << " " << hz << " " << frame << " " << c;
      }
    }
  }
}

TEST(Mfcc, BothLengthsAreTheMillisecondsThatTheyAreCalledBy) {
  EXPECT_EQ(Mfcc::k40Ms.samples, 40 * 16);
  EXPECT_EQ(Mfcc::k40Ms.transform, 1024);
  EXPECT_EQ(Mfcc::k30Ms.samples, 30 * 16);
  EXPECT_EQ(Mfcc::k30Ms.transform, 512);
}

TEST(Mfcc, AFrameHearsItsFortyMillisecondsOnly) {
  const Mfcc mfcc(Mfcc::k40Ms);
  auto samples = noisy_tone(500, 1);
  const auto before = mfcc(samples);
  samples[3200] = 0.9;  // in frames 9 and 10, at the very edge (window 0) of the latter
  samples[3300] = -0.9;
  const auto after = mfcc(samples);
  for (int f = 0; f < 49; ++f) {
    const bool same =
        std::equal(before.begin() + f * 10, before.begin() + f * 10 + 10, after.begin() + f * 10);
    EXPECT_EQ(same, f != 9 && f != 10) << f;
  }
}

TEST(Mfcc, AFrameHearsItsThirtyMillisecondsOnly) {
  const Mfcc mfcc(Mfcc::k30Ms);
  auto samples = noisy_tone(500, 1);
  const auto before = mfcc(samples);
  samples[3200 + 100] = 0.9;  // in frames 9 and 10, which begin at 2880 and 3200
  samples[2880 + 479] = -0.9;
  samples[2560 + 480] = 0.9;  // frame 8 would hear it if it were any longer
  const auto after = mfcc(samples);
  for (int f = 0; f < 49; ++f) {
    const bool same =
        std::equal(before.begin() + f * 10, before.begin() + f * 10 + 10, after.begin() + f * 10);
    EXPECT_EQ(same, f != 9 && f != 10) << f;
  }
}

TEST(Mfcc, SilenceIsTheLogarithmOfTheFloor) {
  const auto features = Mfcc(Mfcc::k30Ms)(std::vector<double>(16000, 0.0));
  for (int f = 0; f < 49; ++f) {
    EXPECT_NEAR(features[f * 10], std::sqrt(2 / 40.0) * 40 * std::log(1e-6), 1e-9);
    for (int c = 1; c < 10; ++c) EXPECT_NEAR(features[f * 10 + c], 0, 1e-9);
  }
}

TEST(Mfcc, AnythingButOneSecondIsOurMistake) {
  EXPECT_EQ(test::internal_error([] { Mfcc(Mfcc::k40Ms)(std::vector<double>(15999)); }),
            "Mfcc: not one second of sound");
}

}  // namespace
}  // namespace phasecore
