#include "sim/numerics/adabs.hpp"

#include <algorithm>
#include <cmath>

#include "models/graph/fold.hpp"
#include "models/graph/ops/gemm.hpp"
#include "sim/mapping/stages/recurrent.hpp"
#include "sim/numerics/kernels/mvm.hpp"
#include "sim/numerics/network_run.hpp"

namespace phasecore::numerics {
namespace {

/// Calibration images draw output noise of their own: addresses far behind those of any test image.
constexpr int kFirstImage = 1 << 30;
/// A column that hardly varies is shifted only: scaling it would amplify noise.
constexpr double kLeastDeviation = 1e-6;

graph::Batch first_images(const graph::Batch& images, int begin, int count) {
  const std::ptrdiff_t volume = graph::volume(images.shape);
  return {count,
          images.shape,
          {images.values.begin() + begin * volume, images.values.begin() + (begin + count) * volume}};
}

/// Sums up values and squares of columns, in the order given.
class Moments {
 public:
  Moments() = default;
  explicit Moments(const MvmKernel& kernel)
      : columns_(kernel.mvm().cols),
        sum_(static_cast<std::size_t>(kernel.column_groups()) * columns_, 0.0),
        square_(sum_.size(), 0.0) {
    std::vector<int> in_group(static_cast<std::size_t>(kernel.column_groups()), 0);
    for (int pixel = 0; pixel < kernel.positions(); ++pixel) {
      group_.push_back(kernel.column_group(pixel));
      ++in_group[group_.back()];
    }
    for (const int pixels : in_group) pixels_.insert(pixels_.end(), columns_, pixels);
  }
  void add(int pixel, int column, double value) {
    const std::size_t at = static_cast<std::size_t>(group_[pixel]) * columns_ + column;
    sum_[at] += value;
    square_[at] += value * value;
  }
  /// Of so many images. A group that no pixel is in has deviation 0.
  ColumnStatistics result(int images) const {
    ColumnStatistics s;
    for (std::size_t j = 0; j < sum_.size(); ++j) {
      const double count = std::max(1.0, static_cast<double>(images) * pixels_[j]);
      const double mean = sum_[j] / count;
      s.mean.push_back(mean);
      s.deviation.push_back(std::sqrt(std::max(0.0, square_[j] / count - mean * mean)));
    }
    return s;
  }

 private:
  int columns_ = 0;
  std::vector<int> group_;   ///< per pixel
  std::vector<int> pixels_;  ///< per column of a group
  std::vector<double> sum_, square_;
};

/// v -> gain v + shift per column, for a chain of hops: every chain position's scale takes the gain, so that
/// the codes of the partial sums grow with it; the last chain position's offset takes gain and shift.
void adjust(const MvmKernel& kernel, StageState& state, const ColumnStatistics& is,
            const ColumnStatistics& wanted) {
  for (std::size_t m = 0; m < state.affine.size(); ++m) {
    const mapping::SubMatrix& sub = kernel.mvm().submatrices[m];
    const int first = sub.replica * kernel.mvm().sharing.copies();
    for (int column = sub.col_begin; column < sub.col_end; ++column) {
      const mapping::TileColumn of = kernel.mvm().tile_column(column);
      const int j = (first + of.copy) * kernel.mvm().cols + of.channel;
      const bool varies = is.deviation[j] > kLeastDeviation && wanted.deviation[j] > kLeastDeviation;
      const double gain = varies ? wanted.deviation[j] / is.deviation[j] : 1.0;
      float& scale = state.affine[m].scale[column - sub.col_begin];
      scale = static_cast<float>(scale * gain);
      if (!kernel.mvm().ends_chain(m)) continue;
      float& offset = state.affine[m].offset[column - sub.col_begin];
      offset = static_cast<float>(offset * gain + wanted.mean[j] - gain * is.mean[j]);
    }
  }
}

ColumnStatistics measure(const MvmKernel& kernel, const Devices& devices, int samples,
                         const std::int8_t* input) {
  const int columns = kernel.mvm().cols;
  Moments moments(kernel);
  Workspace work;
  std::vector<float> values(static_cast<std::size_t>(kBlockImages) * kernel.plane_volume());
  for (int begin = 0; begin < samples; begin += kBlockImages) {
    const int n = std::min(kBlockImages, samples - begin);
    const std::int8_t* first = input + static_cast<std::ptrdiff_t>(begin) * kernel.read_volume();
    kernel.sums(devices, {n, kFirstImage + begin, {first}}, work, values.data());
    for (int v = 0; v < n * kernel.positions(); ++v)
      for (int j = 0; j < columns; ++j)
        moments.add(v % kernel.positions(), j, values[static_cast<std::size_t>(v) * columns + j]);
  }
  return moments.result(samples);
}

}  // namespace

FloatStatistics::FloatStatistics(const graph::FoldedNetwork& network, const Executor& executor,
                                 const graph::Batch& images)
    : samples_(std::min(images.samples, kAdaBsImages)) {
  if (samples_ == 0)
    throw common::InputError("compensation adabs needs calibration images, and there are none");
  const auto& stages = executor.mapping().stages;
  std::vector<Moments> moments;
  std::vector<int> layers;
  for (std::size_t s = 0; s < stages.size(); ++s) {
    const mapping::Stage& stage = stages[s];
    const MvmKernel* kernel = executor.crossbars(static_cast<int>(s));
    moments.push_back(kernel != nullptr ? Moments(*kernel) : Moments());
    layers.push_back(network->find(stage.name));
    if (stage.as<mapping::RecurrentWork>() != nullptr)
      throw common::InputError(
          "compensation adabs compares what layers compute with what they should; what "
          "goes into the gates of layer '" +
          stage.name + "' (" + stage.op + ") is in no network: choose another compensation");
    common::ensure(layers.back() >= 0, "numerics: the network has no layer '" + stage.name + "'");
  }
  graph::for_each_sample(*network, images, samples_, [&](int, const std::vector<std::vector<float>>& values) {
    for (std::size_t s = 0; s < stages.size(); ++s) {
      const auto* mvm = mapping::in_crossbars(stages[s]);
      if (mvm == nullptr) continue;
      const float* v = values[layers[s]].data();
      const bool by_steps = graph::is_of_steps(network->layers[layers[s]]);
      const int channel = by_steps ? 1 : mvm->positions(), pixel = by_steps ? mvm->cols : 1;
      for (int j = 0; j < mvm->cols; ++j)
        for (int p = 0; p < mvm->positions(); ++p) moments[s].add(p, j, v[j * channel + p * pixel]);
    }
  });
  for (const Moments& of_stage : moments) stages_.push_back(of_stage.result(samples_));
  input_ = executor.encode(first_images(images, 0, samples_));
}

void Executor::recalibrate(State& state, const graph::FoldedNetwork& network,
                           const graph::Batch& images) const {
  recalibrate(state, FloatStatistics(network, *this, images));
}

void Executor::recalibrate(State& state, const FloatStatistics& statistics) const {
  const int samples = statistics.samples();
  std::vector<std::vector<std::int8_t>> codes(mapping().stages.size());
  InputCodes inputs(mapping());
  for (int s = 0; s < static_cast<int>(codes.size()); ++s) {
    const ImageBatch images = inputs.of(s, samples, kFirstImage, [&](int stage) {
      return stage == mapping::kNetworkInput ? statistics.input().data() : codes[stage].data();
    });
    if (const MvmKernel* kernel = crossbars(s))
      adjust(*kernel, state.stages[s], measure(*kernel, state.devices(s), samples, images.inputs[0]),
             statistics.stage(s));
    if (!kernel(s).fp16_output()) codes[s] = run_stage(s, state, images);
  }
}

}  // namespace phasecore::numerics
