// A mapping with its numbers in place: INT8 codes in, logits out, stage by stage.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "sim/accuracy/accuracy.hpp"

namespace phasecore::accuracy {

/// One stage's crossbars at one time: codes and affine per sub-matrix (as Stage::submatrices).
struct StageState {
  std::vector<analog::Codes> codes;
  std::vector<analog::Affine> affine;
};

/// A whole network's crossbars: quantised-ideal, or one instance at one time.
struct State {
  std::uint64_t seed = 0;
  std::uint32_t instance = 0;
  bool analog = false;             ///< false: no output noise either
  std::vector<StageState> stages;  ///< empty codes for digital stages
};

class Executor {
 public:
  Executor(const mapping::Mapping& mapping, const config::Chip& chip, const config::Device& device,
           const Calibration& calibration);
  ~Executor();

  State ideal() const;
  /// One programming instance at several times, compensated (AdaBS: see recalibrate()).
  std::vector<State> programmed(std::uint64_t seed, std::uint32_t instance,
                                const std::vector<double>& times_s, analog::Compensation compensation) const;
  /// Re-estimates every analog stage's per-column affine so that its outputs have the float network's mean
  /// and spread.
  void recalibrate(State& state, const graph::Network& network, const graph::Batch& images) const;

  /// Input codes of images (samples x C*H*W).
  std::vector<std::int8_t> encode(const graph::Batch& images) const;
  /// One stage on a batch. input/skip: codes, samples x volume(shape). first_image: index of sample 0, the
  /// address of output noise. Returns output codes (samples x volume(out_shape)); for a stage with FP16
  /// logits see logits().
  std::vector<std::int8_t> run_stage(int stage, const State& state, int samples, int first_image,
                                     const std::int8_t* input, const std::int8_t* skip) const;
  /// The whole network: samples x classes, real units.
  std::vector<float> logits(const State& state, const graph::Batch& images, int first_image) const;

  /// One vector through one core, as the functional chip does it: same arithmetic, same bits as run_stage().
  /// (declared in detail where the functional run needs it: sim/run/functional.hpp)
  struct Impl;
  const Impl& impl() const { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace phasecore::accuracy
