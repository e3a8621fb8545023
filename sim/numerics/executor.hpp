// A mapping with its numbers in place: INT8 codes in, logits out, stage by stage.
//
// Codes of an image are pixel-major: codes[sample][pixel][channel].
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "models/graph/fold.hpp"
#include "sim/analog/compensation.hpp"
#include "sim/config/device.hpp"
#include "sim/numerics/calibrate.hpp"
#include "sim/numerics/kernel.hpp"

namespace phasecore::numerics {

class MvmKernel;
class FloatStatistics;
class NetworkRun;
struct Health;

/// A whole network's crossbars: quantised-ideal, or one instance at one time.
struct State {
  std::uint64_t seed = 0;
  std::uint32_t instance = 0;
  bool analog = false;             ///< false: no output noise either, and linear converters
  std::vector<StageState> stages;  ///< empty for digital stages

  Devices devices(int stage) const { return {stages.at(stage), seed, instance, analog}; }
};

class Executor {
 public:
  /// Copies the mapping. Throws InputError for a chip whose codes are wider than INT8.
  Executor(const mapping::Mapping& mapping, const config::Chip& chip, const config::Device& device,
           const Calibration& calibration, const Kernels& kernels = stage_kernels());
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  State ideal() const;
  /// One programming instance at several times, compensated (AdaBS: see recalibrate()).
  std::vector<State> programmed(std::uint64_t seed, std::uint32_t instance,
                                const std::vector<double>& times_s, analog::Compensation compensation) const;
  /// AdaBS: re-estimates every analog stage's per-column affine, in order, so that its sums have the float
  /// network's mean and spread over the images.
  void recalibrate(State& state, const graph::FoldedNetwork& network, const graph::Batch& images) const;
  /// The same with the float network's side computed beforehand.
  void recalibrate(State& state, const FloatStatistics& statistics) const;

  /// Input codes of images (samples x volume of the input).
  std::vector<std::int8_t> encode(const graph::Batch& images) const;
  /// One stage on a batch. Returns output codes (images x volume(out_shape)); a stage with FP16 logits has
  /// none, see logits().
  std::vector<std::int8_t> run_stage(int stage, const State& state, const ImageBatch& images) const;
  /// The whole network: samples x classes, real units, in C order of the last stage's shape. What the run
  /// shows is added to `health`.
  std::vector<float> logits(const State& state, const graph::Batch& images, int first_image,
                            Health* health = nullptr) const;
  /// The same for states of one instance, which share what does not differ: codes and output noise.
  std::vector<std::vector<float>> logits(const std::vector<State>& states, const graph::Batch& images,
                                         int first_image) const;

  const mapping::Mapping& mapping() const;
  /// Every stage's arithmetic, for those who run it firing by firing (sim/run/functional.hpp).
  const Kernel& kernel(int stage) const;
  /// That of a stage in crossbars, else null.
  const MvmKernel* crossbars(int stage) const;

 private:
  std::vector<std::vector<float>> logits_of(NetworkRun& run, const std::vector<const State*>& states,
                                            const graph::Batch& images, int first_image, int together) const;

  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace phasecore::numerics
