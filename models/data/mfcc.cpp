#include "models/data/mfcc.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
// Eigen's own FFT (kissfft) is compiled with our flags: the same bits on every processor, which a library
// that picks its kernels at run time does not promise.
#include <unsupported/Eigen/FFT>

#include "common/diagnostics.hpp"

namespace phasecore::data {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr double kLowestHz = 20, kHighestHz = 4000;

double mel(double hz) {
  return 1127 * std::log1p(hz / 700);
}

}  // namespace

struct Mfcc::Tables {
  Frame frame;
  int bins;  ///< of the half of the spectrum that is not a mirror image
  mutable Eigen::FFT<double> transform;
  std::vector<double> window;
  /// Bins [first, first + weights.size()) that a mel band weighs.
  struct Band {
    int first = 0;
    std::vector<double> weights;
  };
  std::array<Band, kBands> bands;
  std::array<std::array<double, kBands>, kCoefficients> cosines{};

  explicit Tables(const Frame& of) : frame(of), bins(of.transform / 2 + 1) {
    for (int i = 0; i < frame.samples; ++i)
      window.push_back(0.5 - 0.5 * std::cos(2 * kPi * i / frame.samples));
    // Edges are spaced evenly in mel; the triangles are linear in mel. The constant (bin 0) is in no band.
    const double low = mel(kLowestHz), step = (mel(kHighestHz) - low) / (kBands + 1);
    for (int b = 0; b < kBands; ++b)
      for (int k = 1; k < bins; ++k) {
        const double position = (mel(k * static_cast<double>(kRateHz) / frame.transform) - low) / step - b;
        const double weight = std::min(position, 2 - position);
        if (weight <= 0) continue;
        if (bands[b].weights.empty()) bands[b].first = k;
        bands[b].weights.push_back(weight);
      }
    for (int c = 0; c < kCoefficients; ++c)
      for (int b = 0; b < kBands; ++b)
        cosines[c][b] = std::sqrt(2.0 / kBands) * std::cos(kPi * c * (b + 0.5) / kBands);
  }
};

Mfcc::Mfcc(const Frame& frame) : tables_(std::make_unique<Tables>(frame)) {
  common::ensure(frames_of(frame) == kFrames && frame.samples <= frame.transform,
                 "Mfcc: a frame of another length");
}
Mfcc::~Mfcc() = default;

std::vector<double> Mfcc::operator()(const std::vector<double>& samples) const {
  common::ensure(samples.size() == static_cast<std::size_t>(kSamples), "Mfcc: not one second of sound");
  const auto [length, points] = tables_->frame;
  const int bins = tables_->bins;
  std::vector<double> frame(points), magnitudes(bins), features;
  std::vector<std::complex<double>> spectrum(points);  // both halves
  std::array<double, kBands> logs{};
  features.reserve(std::size_t{kFrames} * kCoefficients);
  for (int f = 0; f < kFrames; ++f) {
    for (int i = 0; i < length; ++i) frame[i] = samples[f * kStride + i] * tables_->window[i];
    tables_->transform.fwd(spectrum.data(), frame.data(), points);
    for (int k = 0; k < bins; ++k) magnitudes[k] = std::sqrt(std::norm(spectrum[k]));
    for (int b = 0; b < kBands; ++b) {
      const auto& band = tables_->bands[b];
      double sum = 0;
      for (std::size_t i = 0; i < band.weights.size(); ++i)
        sum += band.weights[i] * magnitudes[band.first + i];
      logs[b] = std::log(sum + 1e-6);
    }
    for (const auto& row : tables_->cosines) {
      double sum = 0;
      for (int b = 0; b < kBands; ++b) sum += row[b] * logs[b];
      features.push_back(sum);
    }
  }
  return features;
}

}  // namespace phasecore::data
