#include "sim/numerics/executor.hpp"

#include <algorithm>
#include <cstring>

#include "common/random.hpp"
#include "sim/numerics/epilogue.hpp"
#include "sim/numerics/health.hpp"
#include "sim/numerics/kernels/mvm.hpp"
#include "sim/numerics/network_run.hpp"

namespace phasecore::numerics {
namespace {

/// Tells readouts for drift compensation apart: 0 right after programming, else a hash of the time, so that a
/// time's noise does not depend on the other times of a run.
std::uint32_t occasion_of(double time_s) {
  if (time_s == 0) return 0;
  char bytes[sizeof time_s];
  std::memcpy(bytes, &time_s, sizeof time_s);
  return std::max(common::stable_hash({bytes, sizeof bytes}), std::uint32_t{1});
}

/// The field of random numbers of the zero cells between a tile's copies.
constexpr std::uint32_t kBetweenCopies = 1U << 31U;

/// Where a sub-matrix' devices stand: each copy of the kernels has its own, replica by replica.
std::vector<analog::DeviceRun> device_runs(const mapping::MvmWork& mvm, const mapping::SubMatrix& part) {
  std::vector<analog::DeviceRun> runs;
  if (!mvm.is_shared()) return runs;
  const auto copies = static_cast<std::uint32_t>(mvm.sharing.copies());
  for (const mapping::CellRun& run : mvm.cells(part)) {
    const auto replica = static_cast<std::uint32_t>(part.replica);
    runs.push_back(
        {run.count,
         run.copy >= 0 ? replica * copies + static_cast<std::uint32_t>(run.copy) : kBetweenCopies | replica,
         static_cast<std::uint32_t>(run.weight_row), static_cast<std::uint32_t>(run.weight_col)});
  }
  return runs;
}

/// A sub-matrix of a stage as rows x columns, and the weight at g_max of each column.
struct Weights {
  int rows = 0, columns = 0;
  std::vector<float> values, scales;
};

Weights weights_of(const MvmKernel& kernel, int submatrix, config::WeightScaling scaling) {
  const mapping::MvmWork& mvm = kernel.mvm();
  const mapping::SubMatrix& m = mvm.submatrices[submatrix];
  Weights w{m.row_end - m.row_begin, m.col_end - m.col_begin, mvm.weights_of(m), {}};
  w.scales = analog::weight_scales(scaling, w.rows, w.columns, w.values.data(), kernel.largest_weight());
  return w;
}

/// One count is full_scale / max_count fully-on devices at full input; such a device at code c of the input
/// means weight scale * c * input_step.
analog::Affine affine_of(const MvmKernel& kernel, int submatrix, const Weights& w,
                         const std::vector<double>& alphas) {
  const mapping::SubMatrix& m = kernel.mvm().submatrices[submatrix];
  const double unit = kernel.converter().full_scale / kernel.converter().max_count * kernel.max_code() *
                      kernel.row_step(submatrix);
  analog::Affine a;
  for (int j = 0; j < w.columns; ++j) {
    const double alpha = alphas.empty() ? 1.0 : alphas[alphas.size() == 1 ? 0 : j];
    a.scale.push_back(static_cast<float>(unit * w.scales[j] * alpha));
    a.offset.push_back(kernel.mvm().ends_chain(submatrix)
                           ? kernel.mvm().bias[kernel.mvm().tile_column(m.col_begin + j).channel]
                           : 0.0f);
  }
  return a;
}

}  // namespace

struct Executor::Impl {
  mapping::Mapping mapping;
  config::Device device;
  config::WeightScaling scaling;
  float input_step;
  int max_code;
  analog::LineEffects lines;
  config::ReadoutInputs readout_inputs;
  std::vector<std::unique_ptr<Kernel>> kernels;
};

Executor::Executor(const mapping::Mapping& mapping, const config::Chip& chip, const config::Device& device,
                   const Calibration& calibration, const Kernels& kernels)
    : impl_(new Impl{mapping,
                     device,
                     chip.numbers.weight_scaling,
                     calibration.input_step,
                     code_max(chip),
                     analog::line_effects(chip, device),
                     chip.compensation.inputs,
                     {}}) {
  common::ensure(calibration.input_step > 0, "numerics: the input has no code step");
  for (int s = 0; s < static_cast<int>(mapping.stages.size()); ++s)
    impl_->kernels.push_back(kernels.make({impl_->mapping, s, chip, device, calibration}));
}

Executor::~Executor() = default;

const mapping::Mapping& Executor::mapping() const {
  return impl_->mapping;
}

const Kernel& Executor::kernel(int stage) const {
  return *impl_->kernels.at(stage);
}

const MvmKernel* Executor::crossbars(int stage) const {
  const auto* mvm = dynamic_cast<const MvmKernel*>(&kernel(stage));
  return mvm != nullptr && !mvm->mvm().digital ? mvm : nullptr;
}

State Executor::ideal() const {
  State state;
  for (int s = 0; s < static_cast<int>(impl_->kernels.size()); ++s) {
    StageState stage;
    const MvmKernel* kernel = crossbars(s);
    for (int m = 0; kernel != nullptr && m < static_cast<int>(kernel->mvm().submatrices.size()); ++m) {
      const Weights w = weights_of(*kernel, m, impl_->scaling);
      stage.conductances.emplace_back(
          analog::ideal_conductances(w.rows, w.columns, w.values.data(), w.scales, kernel->levels()),
          kernel->layout(m));
      stage.affine.push_back(affine_of(*kernel, m, w, {}));
    }
    state.stages.push_back(std::move(stage));
  }
  return state;
}

std::vector<State> Executor::programmed(std::uint64_t seed, std::uint32_t instance,
                                        const std::vector<double>& times_s,
                                        analog::Compensation compensation) const {
  const bool gdc = compensation == analog::Compensation::Gdc;
  const bool gdc_column = compensation == analog::Compensation::GdcColumn;
  std::vector<State> states(times_s.size());
  for (State& state : states) {
    state.seed = seed;
    state.instance = instance;
    state.analog = true;
    state.stages.resize(impl_->kernels.size());
  }
  for (int s = 0; s < static_cast<int>(impl_->kernels.size()); ++s) {
    const MvmKernel* kernel = crossbars(s);
    for (int i = 0; kernel != nullptr && i < static_cast<int>(kernel->mvm().submatrices.size()); ++i) {
      const mapping::SubMatrix& m = kernel->mvm().submatrices[i];
      const Weights w = weights_of(*kernel, i, impl_->scaling);
      const analog::ProgrammedArray array(
          impl_->device, {seed, instance, kernel->layer(), 0, m.row_begin, m.col_begin}, w.rows, w.columns,
          w.values.data(), w.scales, device_runs(kernel->mvm(), m));
      const analog::CodeLimits limits{kernel->max_code(), kernel->levels()};
      const auto readout = [&](const analog::Conductances& codes, double time_s) {
        return analog::readout(codes, kernel->converter(), limits,
                               {seed, instance, kernel->layer(), m.chain_position, m.col_begin,
                                static_cast<std::uint32_t>(m.replica)},
                               {gdc_column, impl_->readout_inputs, impl_->lines}, occasion_of(time_s));
      };
      const auto read = [&](double time_s) {
        return array.read(time_s, kernel->levels(), impl_->lines.separates());
      };
      std::vector<double> baseline;
      if (gdc || gdc_column) baseline = readout(read(0), 0);
      for (std::size_t t = 0; t < times_s.size(); ++t) {
        const analog::Conductances codes = read(times_s[t]);
        std::vector<double> alphas;
        if (!baseline.empty()) alphas = analog::alphas(baseline, readout(codes, times_s[t]));
        states[t].stages[s].conductances.emplace_back(codes, kernel->layout(i));
        if (impl_->lines.any())
          states[t].stages[s].lines.emplace_back(
              codes, impl_->lines, static_cast<double>(limits.input) * limits.conductance, kernel->layout(i));
        states[t].stages[s].affine.push_back(affine_of(*kernel, i, w, alphas));
      }
    }
  }
  return states;
}

std::vector<std::int8_t> Executor::encode(const graph::Batch& images) const {
  const mapping::Raster raster = mapping::raster_of(impl_->mapping.input_shape);
  const std::size_t pixels = raster.pixels(), channels = raster.channels;
  const std::size_t volume = pixels * channels;
  if (images.values.size() != volume * images.samples)
    throw common::InputError("the images are " + graph::to_string(images.shape) + "; network '" +
                             impl_->mapping.network + "' takes " +
                             graph::to_string(impl_->mapping.input_shape));
  std::vector<float> values(images.values.size());
  if (impl_->mapping.takes_steps)  // the network has them step by step, too
    values = images.values;
  else
    for (std::size_t s = 0; s < static_cast<std::size_t>(images.samples); ++s)
      for (std::size_t c = 0; c < channels; ++c)
        for (std::size_t p = 0; p < pixels; ++p)
          values[s * volume + p * channels + c] = images.values[s * volume + c * pixels + p];
  std::vector<std::int8_t> codes(values.size());
  numerics::encode(values.size(), values.data(), 1.0f / impl_->input_step, impl_->max_code, codes.data());
  return codes;
}

std::vector<std::int8_t> Executor::run_stage(int stage, const State& state, const ImageBatch& images) const {
  const Kernel& kernel = this->kernel(stage);
  common::ensure(!kernel.fp16_output(), "numerics: FP16 logits have no codes");
  std::vector<std::int8_t> codes(static_cast<std::size_t>(images.count) * kernel.volume());
  Workspace work;
  kernel.run(state.devices(stage), images, work, {codes.data(), nullptr});
  return codes;
}

std::vector<float> Executor::logits(const State& state, const graph::Batch& images, int first_image,
                                    Health* health) const {
  if (health != nullptr)
    health->input.see(images.values.size(), images.values.data(), impl_->input_step, impl_->max_code);
  NetworkRun run(*this, health);
  return logits_of(run, {&state}, images, first_image, kBlockImages).front();
}

std::vector<std::vector<float>> Executor::logits(const std::vector<State>& states, const graph::Batch& images,
                                                 int first_image) const {
  std::vector<const State*> all;
  for (const State& state : states) all.push_back(&state);
  NetworkRun run(*this);
  const bool several = states.size() > 1;
  if (several) run.keep_noise();
  return logits_of(run, all, images, first_image, several ? run.images_together(false) : kBlockImages);
}

/// Per state, `together` images at a time.
std::vector<std::vector<float>> Executor::logits_of(NetworkRun& run, const std::vector<const State*>& states,
                                                    const graph::Batch& images, int first_image,
                                                    int together) const {
  const std::vector<std::int8_t> input = encode(images);
  const std::size_t volume = images.samples == 0 ? 0 : input.size() / images.samples;
  std::vector<Activations> block;
  std::vector<std::vector<float>> logits(states.size());
  for (int begin = 0; begin < images.samples; begin += together) {
    const int samples = std::min(together, images.samples - begin);
    run.load(samples, first_image + begin, input.data() + begin * volume);
    run.run(states, block);
    for (std::size_t t = 0; t < states.size(); ++t)
      logits[t].insert(logits[t].end(), block[t].logits.begin(), block[t].logits.end());
  }
  return logits;
}

}  // namespace phasecore::numerics
