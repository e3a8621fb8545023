#include "sim/numerics/network_run.hpp"

#include "common/diagnostics.hpp"
#include "sim/numerics/health.hpp"

namespace phasecore::numerics {

NetworkRun::NetworkRun(const Executor& executor, Health* health)
    : executor_(executor), health_(health), stages_(static_cast<int>(executor.mapping().stages.size())) {
  branch_.codes.resize(stages_);
}

void NetworkRun::load(int samples, int first_image, const std::int8_t* input) {
  samples_ = samples;
  first_image_ = first_image;
  input_ = input;
}

void NetworkRun::run_stage(int stage, const State& state, const std::int8_t* input, const std::int8_t* skip,
                           Activations& out) {
  const StagePass& pass = executor_.pass(stage);
  const Draws draws{state.seed, state.instance, state.analog};
  const std::size_t values = static_cast<std::size_t>(samples_) * pass.volume();
  const bool last = stage + 1 == stages_;
  work_.health = health_ == nullptr ? nullptr : &health_->stages.at(stage);
  std::vector<float> fp16;
  if (pass.fp16_output()) {
    fp16.resize(values);
    pass.run(state.stages[stage], draws, samples_, first_image_, input, skip, work_, nullptr, fp16.data());
  } else {
    out.codes[stage].resize(values);
    pass.run(state.stages[stage], draws, samples_, first_image_, input, skip, work_, out.codes[stage].data(),
             nullptr);
  }
  if (!last) return;
  const graph::Shape shape = as_image(pass.stage().out_shape);
  const int channels = shape[0], pixels = shape[1] * shape[2];
  out.logits.resize(values);
  for (int s = 0; s < samples_; ++s)
    for (int p = 0; p < pixels; ++p)
      for (int c = 0; c < channels; ++c) {
        const std::size_t from = (static_cast<std::size_t>(s) * pixels + p) * channels + c;
        out.logits[(static_cast<std::size_t>(s) * channels + c) * pixels + p] =
            pass.fp16_output() ? fp16[from] : static_cast<float>(out.codes[stage][from]) * pass.output_step();
      }
}

void NetworkRun::run(const State& state, Activations& out) {
  out.codes.resize(stages_);
  const auto source = [&](int stage) {
    return stage == mapping::kNetworkInput ? input_ : out.codes[stage].data();
  };
  for (int s = 0; s < stages_; ++s) {
    const mapping::Stage& stage = executor_.pass(s).stage();
    run_stage(s, state, source(stage.input), stage.skip ? source(*stage.skip) : nullptr, out);
  }
}

const Activations& NetworkRun::branch(int stage, const State& there, const State& elsewhere,
                                      const Activations& base) {
  changed_.assign(stages_, false);
  const auto changed = [&](int s) { return s != mapping::kNetworkInput && changed_[s]; };
  const auto source = [&](int s) {
    return s == mapping::kNetworkInput ? input_ : (changed_[s] ? branch_ : base).codes[s].data();
  };
  for (int s = stage; s < stages_; ++s) {
    const mapping::Stage& at = executor_.pass(s).stage();
    if (s != stage && !changed(at.input) && !(at.skip && changed(*at.skip))) continue;
    run_stage(s, s == stage ? there : elsewhere, source(at.input), at.skip ? source(*at.skip) : nullptr,
              branch_);
    changed_[s] = true;
  }
  common::ensure(changed_[stages_ - 1], "numerics: a stage that the logits do not depend on");
  return branch_;
}

}  // namespace phasecore::numerics
