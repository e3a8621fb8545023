// A block of images on its way through the stages, with every stage's output kept, so that a run that
// differs in one stage only computes what depends on it.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "sim/numerics/executor.hpp"
#include "sim/numerics/input_codes.hpp"

namespace phasecore::numerics {

/// Images that are run together: enough vectors for the matrix product, few enough for the caches.
constexpr int kBlockImages = 32;
struct Activations {
  std::vector<std::vector<std::int8_t>> codes;  ///< per stage; empty for FP16 logits
  std::vector<float> logits;                    ///< samples x classes, real units, C order
};

/// Buffers are reused from block to block.
class NetworkRun {
 public:
  /// What the runs show is added to `health`.
  explicit NetworkRun(const Executor& executor, Health* health = nullptr);

  /// From now on the output noise of the loaded images is drawn once: their runs are all of one instance.
  void keep_noise();
  /// From now on every stage's counts are added to its quantile. Kept as a pointer.
  void watch_lines(std::vector<common::Quantile>* lines) { lines_ = lines; }
  /// So many images that what is kept of the largest stage, or of all of them, stays near the processor.
  int images_together(bool all_stages) const;
  /// The images that the following runs see. first_image: address of output noise.
  void load(int samples, int first_image, const std::int8_t* input);
  /// The whole network.
  void run(const State& state, Activations& out);
  /// For each of several states, stage by stage.
  void run(const std::vector<const State*>& states, std::vector<Activations>& outs);
  /// The network as in `base`, but with stage `stage` in state `there` and what depends on it in `elsewhere`.
  /// Only those are in the result (and in changed()).
  const Activations& branch(int stage, const State& there, const State& elsewhere, const Activations& base);

 private:
  /// What a stage reads; codes_of(stage): the codes that a stage has delivered.
  template <class CodesOf>
  ImageBatch batch(int stage, const CodesOf& codes_of);
  ImageBatch batch_of(int stage, const Activations& of);
  analog::DrawnNoise* kept_noise(int stage, const State& state);
  void run_stage(int stage, const State& state, const ImageBatch& images, Activations& out);

  const Executor& executor_;
  Health* health_;
  std::vector<common::Quantile>* lines_ = nullptr;
  int stages_;
  int samples_ = 0, first_image_ = 0;
  const std::int8_t* input_ = nullptr;
  Workspace work_;
  std::vector<analog::DrawnNoise> noise_;                             ///< per stage, where it is kept
  std::optional<std::pair<std::uint64_t, std::uint32_t>> drawn_for_;  ///< seed and instance
  InputCodes inputs_;
  Activations branch_;
  std::vector<bool> changed_;
};

}  // namespace phasecore::numerics
