#include "sim/numerics/adabs.hpp"

#include <algorithm>
#include <cmath>

#include "models/graph/fold.hpp"
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
  explicit Moments(int columns) : sum_(columns, 0.0), square_(columns, 0.0) {}
  void add(int column, double value) {
    sum_[column] += value;
    square_[column] += value * value;
  }
  ColumnStatistics result(double count) const {
    ColumnStatistics s;
    for (std::size_t j = 0; j < sum_.size(); ++j) {
      const double mean = sum_[j] / count;
      s.mean.push_back(mean);
      s.deviation.push_back(std::sqrt(std::max(0.0, square_[j] / count - mean * mean)));
    }
    return s;
  }

 private:
  std::vector<double> sum_, square_;
};

/// v -> gain v + shift per column, for a chain of hops: every chain position's scale takes the gain, so that
/// the codes of the partial sums grow with it; the last chain position's offset takes gain and shift.
void adjust(const MvmKernel& kernel, StageState& state, const ColumnStatistics& is,
            const ColumnStatistics& wanted) {
  for (std::size_t m = 0; m < state.affine.size(); ++m) {
    const mapping::SubMatrix& sub = kernel.mvm().submatrices[m];
    for (int j = sub.col_begin; j < sub.col_end; ++j) {
      const bool varies = is.deviation[j] > kLeastDeviation && wanted.deviation[j] > kLeastDeviation;
      const double gain = varies ? wanted.deviation[j] / is.deviation[j] : 1.0;
      float& scale = state.affine[m].scale[j - sub.col_begin];
      scale = static_cast<float>(scale * gain);
      if (!kernel.mvm().ends_chain(m)) continue;
      float& offset = state.affine[m].offset[j - sub.col_begin];
      offset = static_cast<float>(offset * gain + wanted.mean[j] - gain * is.mean[j]);
    }
  }
}

ColumnStatistics measure(const MvmKernel& kernel, const Devices& devices, int samples,
                         const std::int8_t* input) {
  const int columns = kernel.mvm().cols;
  Moments moments(columns);
  Workspace work;
  std::vector<float> values(static_cast<std::size_t>(kBlockImages) * kernel.plane_volume());
  for (int begin = 0; begin < samples; begin += kBlockImages) {
    const int n = std::min(kBlockImages, samples - begin);
    const std::int8_t* first = input + static_cast<std::ptrdiff_t>(begin) * kernel.read_volume();
    kernel.sums(devices, {n, kFirstImage + begin, {first}}, work, values.data());
    for (int v = 0; v < n * kernel.positions(); ++v)
      for (int j = 0; j < columns; ++j) moments.add(j, values[static_cast<std::size_t>(v) * columns + j]);
  }
  return moments.result(static_cast<double>(samples) * kernel.positions());
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
  for (const mapping::Stage& stage : stages) {
    const auto* mvm = stage.as<mapping::MvmWork>();
    moments.emplace_back(mvm != nullptr ? mvm->cols : 0);
    layers.push_back(network->find(stage.name));
    common::ensure(layers.back() >= 0, "numerics: the network has no layer '" + stage.name + "'");
  }
  for (int begin = 0; begin < samples_; begin += kBlockImages) {
    const int n = std::min(kBlockImages, samples_ - begin);
    const auto values = graph::infer_all(*network, first_images(images, begin, n));
    for (std::size_t s = 0; s < stages.size(); ++s) {
      const auto* mvm = stages[s].as<mapping::MvmWork>();
      if (mvm == nullptr) continue;
      const float* v = values[layers[s]].values.data();
      for (int i = 0; i < n; ++i)
        for (int j = 0; j < mvm->cols; ++j)
          for (int p = 0; p < mvm->positions(); ++p) moments[s].add(j, *v++);
    }
  }
  for (std::size_t s = 0; s < stages.size(); ++s) {
    const auto* mvm = stages[s].as<mapping::MvmWork>();
    const int positions = mvm != nullptr ? mvm->positions() : 1;
    stages_.push_back(moments[s].result(static_cast<double>(samples_) * positions));
  }
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
