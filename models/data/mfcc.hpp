// Sound to features: mel-frequency cepstral coefficients as TensorFlow's signal library computes them, with
// frames of either length that keyword networks are trained on.
#pragma once

#include <memory>
#include <vector>

namespace phasecore::data {

/// One second at 16 kHz -> 49 frames of 10 coefficients. A frame is taken under a periodic Hann window,
/// frames start every 20 ms; magnitudes of its Fourier transform; 40 triangular mel bands from 20 to 4,000 Hz
/// (mel = 1127 ln(1 + f / 700)); log(band + 1e-6); orthonormal-scaled DCT-II.
class Mfcc {
 public:
  /// How much is heard at once, and the points of the transform: the next power of two.
  struct Frame {
    int samples, transform;
  };
  static constexpr Frame k40Ms{640, 1024};
  /// As in the keyword benchmark of MLPerf Tiny (Banbury et al., arXiv 2106.07597).
  static constexpr Frame k30Ms{480, 512};
  static constexpr int kRateHz = 16000, kSamples = 16000, kStride = 320, kFrames = 49;
  static constexpr int kBands = 40, kCoefficients = 10;
  static constexpr int frames_of(const Frame& frame) { return (kSamples - frame.samples) / kStride + 1; }

  explicit Mfcc(const Frame& frame);
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
