#include "sim/numerics/network_run.hpp"

#include <algorithm>

#include "common/diagnostics.hpp"
#include "sim/numerics/health.hpp"
#include "sim/numerics/kernels/mvm.hpp"

namespace phasecore::numerics {
namespace {

/// Bytes of output noise that are kept: a part of a second-level cache. The fewest images still make enough
/// vectors for a product.
constexpr double kKeptNoiseBytes = 512 * 1024;
constexpr int kFewestImages = 4;

}  // namespace

NetworkRun::NetworkRun(const Executor& executor, Health* health)
    : executor_(executor),
      health_(health),
      stages_(static_cast<int>(executor.mapping().stages.size())),
      inputs_(executor.mapping()) {
  branch_.codes.resize(stages_);
}

void NetworkRun::keep_noise() {
  noise_.resize(static_cast<std::size_t>(stages_));
}

int NetworkRun::images_together(bool all_stages) const {
  double largest = 1, sum = 1;
  for (int s = 0; s < stages_; ++s) {
    const MvmKernel* kernel = executor_.crossbars(s);
    double bytes = 0;
    for (const mapping::SubMatrix& m : mapping::submatrices_of(executor_.kernel(s).stage()))
      if (kernel != nullptr && m.replica == 0)
        bytes +=
            static_cast<double>(m.col_end - m.col_begin) * kernel->mvm().tiles().pixels() * sizeof(float);
    largest = std::max(largest, bytes);
    sum += bytes;
  }
  return std::clamp(static_cast<int>(kKeptNoiseBytes / (all_stages ? sum : largest)), kFewestImages,
                    kBlockImages);
}

void NetworkRun::load(int samples, int first_image, const std::int8_t* input) {
  samples_ = samples;
  first_image_ = first_image;
  input_ = input;
  drawn_for_.reset();
  for (analog::DrawnNoise& noise : noise_) noise.clear();
}

/// Where a stage's output noise is kept; null: nowhere.
analog::DrawnNoise* NetworkRun::kept_noise(int stage, const State& state) {
  if (noise_.empty() || !state.analog) return nullptr;
  if (!drawn_for_) drawn_for_.emplace(state.seed, state.instance);
  common::ensure(drawn_for_ == std::pair(state.seed, state.instance),
                 "numerics: output noise of another instance is kept");
  noise_[stage].rewind();
  return &noise_[stage];
}

template <class CodesOf>
ImageBatch NetworkRun::batch(int stage, const CodesOf& codes_of) {
  return inputs_.of(stage, samples_, first_image_, [&](int from) {
    return from == mapping::kNetworkInput ? input_ : codes_of(from).data();
  });
}

void NetworkRun::run_stage(int stage, const State& state, const ImageBatch& images, Activations& out) {
  const Kernel& kernel = executor_.kernel(stage);
  const std::size_t values = static_cast<std::size_t>(samples_) * kernel.volume();
  const bool last = stage + 1 == stages_;
  work_.health = health_ == nullptr ? nullptr : &health_->stages.at(stage);
  work_.lines = lines_ == nullptr ? nullptr : &lines_->at(stage);
  work_.drawn = kept_noise(stage, state);
  std::vector<float> fp16;
  Results results;
  if (kernel.fp16_output()) {
    fp16.resize(values);
    results.values = fp16.data();
  } else {
    out.codes[stage].resize(values);
    results.codes = out.codes[stage].data();
  }
  kernel.run(state.devices(stage), images, work_, results);
  if (!last) return;
  const int channels = kernel.channels(), pixels = kernel.pixels();
  out.logits.resize(values);
  for (int s = 0; s < samples_; ++s)
    for (int p = 0; p < pixels; ++p)
      for (int c = 0; c < channels; ++c) {
        const std::size_t from = (static_cast<std::size_t>(s) * pixels + p) * channels + c;
        out.logits[(static_cast<std::size_t>(s) * channels + c) * pixels + p] =
            kernel.fp16_output() ? fp16[from]
                                 : static_cast<float>(out.codes[stage][from]) * kernel.output_step();
      }
}

void NetworkRun::run(const State& state, Activations& out) {
  out.codes.resize(stages_);
  for (int s = 0; s < stages_; ++s) run_stage(s, state, batch_of(s, out), out);
}

void NetworkRun::run(const std::vector<const State*>& states, std::vector<Activations>& outs) {
  outs.resize(states.size());
  for (Activations& out : outs) out.codes.resize(stages_);
  for (int s = 0; s < stages_; ++s)
    for (std::size_t t = 0; t < states.size(); ++t) run_stage(s, *states[t], batch_of(s, outs[t]), outs[t]);
}

/// What a stage reads of a run's own results.
ImageBatch NetworkRun::batch_of(int stage, const Activations& of) {
  return batch(
      stage, [&](int s) -> const auto& { return of.codes[s]; });
}

const Activations& NetworkRun::branch(int stage, const State& there, const State& elsewhere,
                                      const Activations& base) {
  changed_.assign(stages_, false);
  const auto changed = [&](const mapping::StageInput& input) {
    const auto parts = mapping::parts_of(input);
    return std::any_of(parts.begin(), parts.end(), [&](const mapping::ChannelPart& part) {
      return part.stage != mapping::kNetworkInput && changed_[part.stage];
    });
  };
  const auto codes_of = [&](int s) -> const auto& {
    return (changed_[s] ? branch_ : base).codes[s];
  };
  for (int s = stage; s < stages_; ++s) {
    const auto& inputs = executor_.kernel(s).stage().inputs;
    if (s != stage && std::none_of(inputs.begin(), inputs.end(), changed)) continue;
    run_stage(s, s == stage ? there : elsewhere, batch(s, codes_of), branch_);
    changed_[s] = true;
  }
  common::ensure(changed_[stages_ - 1], "numerics: a stage that the logits do not depend on");
  return branch_;
}

}  // namespace phasecore::numerics
