// A layer that the digital unit computes exactly (per-layer override): INT8 weights per column, integer sums.
#include <Eigen/Core>
#include <algorithm>
#include <cmath>

#include "sim/numerics/health.hpp"
#include "sim/numerics/stage_pass.hpp"

namespace phasecore::numerics {
namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr int kMaxWeight = 127;
/// Rows whose sum of products of two INT8 codes stays below 2^24, so that float adds it exactly in any order.
constexpr int kExactRows = (1 << 24) / (kMaxWeight * 127) - 1;

}  // namespace

void StagePass::quantise_weights() {
  const int rows = stage_->rows, columns = stage_->cols;
  std::vector<float> scale(columns, 0.0f);
  for (int r = 0; r < rows; ++r)
    for (int j = 0; j < columns; ++j)
      scale[j] = std::max(scale[j], std::fabs(stage_->weights[static_cast<std::size_t>(r) * columns + j]));
  // A column of zeros, or of numbers whose 127th part is 0 in float, has integer weights of 0 and scale 0.
  for (float& s : scale) s = s / kMaxWeight;
  integer_weights_.resize(static_cast<std::size_t>(rows) * columns);
  const std::vector<int>& order = patches(0).order();
  for (int r = 0; r < rows; ++r)
    for (int j = 0; j < columns; ++j)
      integer_weights_[static_cast<std::size_t>(r) * columns + j] =
          scale[j] == 0.0f
              ? 0.0f
              : std::rint(stage_->weights[static_cast<std::size_t>(order[r]) * columns + j] / scale[j]);
  integer_affine_.offset = stage_->bias;
  for (float s : scale) integer_affine_.scale.push_back(s * input_step_);
}

void StagePass::multiply_digital(int n, const std::int8_t* rows, Workspace& work, float* values) const {
  const int depth = stage_->rows, columns = stage_->cols;
  work.floats.assign(rows, rows + static_cast<std::size_t>(n) * depth);
  const Eigen::Map<const Matrix> inputs(work.floats.data(), n, depth);
  const Eigen::Map<const Matrix> weights(integer_weights_.data(), depth, columns);
  // Integers: exact in double whatever the order, and a layer's sum is far below 2^53.
  Eigen::Array<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> sums =
      Eigen::ArrayXXd::Zero(n, columns);
  for (int k = 0; k < depth; k += kExactRows) {
    const int block = std::min(kExactRows, depth - k);
    const Matrix part = inputs.middleCols(k, block) * weights.middleRows(k, block);
    sums += part.array().cast<double>();
  }
  work.counts.resize(static_cast<std::size_t>(n) * columns);
  for (Eigen::Index i = 0; i < sums.size(); ++i) work.counts[i] = static_cast<float>(sums.data()[i]);
  analog::affine(n, columns, work.counts.data(), integer_affine_, nullptr, 0.0f, values);
  if (work.health != nullptr) work.health->see_values(work.counts.size(), values);
}

}  // namespace phasecore::numerics
