// Sound to features: mel-frequency cepstral coefficients as the keyword benchmark of MLPerf Tiny takes them
// (Banbury et al., arXiv 2106.07597), which follow TensorFlow's signal library.
#pragma once

#include <memory>
#include <vector>

namespace phasecore::data {

/// One second at 16 kHz -> 49 frames of 10 coefficients. A frame is 40 ms (640 samples) under a periodic Hann
/// window, frames start every 20 ms; magnitudes of a 1024-point Fourier transform; 40 triangular mel bands
/// from 20 to 4,000 Hz (mel = 1127 ln(1 + f / 700)); log(band + 1e-6); orthonormal-scaled DCT-II.
class Mfcc {
 public:
  static constexpr int kRateHz = 16000, kSamples = 16000, kFrame = 640, kStride = 320, kTransform = 1024;
  static constexpr int kFrames = (kSamples - kFrame) / kStride + 1;
  static constexpr int kBands = 40, kCoefficients = 10;

  Mfcc();
  ~Mfcc();
  Mfcc(const Mfcc&) = delete;
  Mfcc& operator=(const Mfcc&) = delete;

  /// `samples`: kSamples values in -1..1. Returns kFrames x kCoefficients, frame by frame.
  std::vector<double> operator()(const std::vector<double>& samples) const;

 private:
  struct Tables;
  std::unique_ptr<Tables> tables_;
};

}  // namespace phasecore::data
