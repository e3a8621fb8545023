#include "sim/numerics/digital_product.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>

#include "sim/numerics/health.hpp"
#include "sim/numerics/kernel.hpp"

namespace phasecore::numerics {
namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr int kMaxWeight = 127;
/// Rows whose sum of products of two INT8 codes stays below 2^24, so that float adds it exactly in any order.
constexpr int kExactRows = (1 << 24) / (kMaxWeight * 127) - 1;

}  // namespace

DigitalProduct::DigitalProduct(const mapping::MvmWork& mvm, const std::vector<int>& order, float input_step)
    : rows_(mvm.rows), columns_(mvm.cols) {
  std::vector<float> scale(columns_, 0.0f);
  for (int r = 0; r < rows_; ++r)
    for (int j = 0; j < columns_; ++j)
      scale[j] = std::max(scale[j], std::fabs(mvm.weights[static_cast<std::size_t>(r) * columns_ + j]));
  // A column of zeros, or of numbers whose 127th part is 0 in float, has integer weights of 0 and scale 0.
  for (float& s : scale) s = s / kMaxWeight;
  weights_.resize(static_cast<std::size_t>(rows_) * columns_);
  for (int r = 0; r < rows_; ++r)
    for (int j = 0; j < columns_; ++j)
      weights_[static_cast<std::size_t>(r) * columns_ + j] =
          scale[j] == 0.0f
              ? 0.0f
              : std::rint(mvm.weights[static_cast<std::size_t>(order[r]) * columns_ + j] / scale[j]);
  affine_.offset = mvm.bias;
  for (float s : scale) affine_.scale.push_back(s * input_step);
}

void DigitalProduct::multiply(int n, const std::int8_t* rows, Workspace& work, float* values) const {
  work.floats.assign(rows, rows + static_cast<std::size_t>(n) * rows_);
  const Eigen::Map<const Matrix> inputs(work.floats.data(), n, rows_);
  const Eigen::Map<const Matrix> weights(weights_.data(), rows_, columns_);
  // Integers: exact in double whatever the order, and a layer's sum is far below 2^53.
  Eigen::Array<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> sums =
      Eigen::ArrayXXd::Zero(n, columns_);
  for (int k = 0; k < rows_; k += kExactRows) {
    const int block = std::min(kExactRows, rows_ - k);
    const Matrix part = inputs.middleCols(k, block) * weights.middleRows(k, block);
    sums += part.array().cast<double>();
  }
  work.counts.resize(static_cast<std::size_t>(n) * columns_);
  for (Eigen::Index i = 0; i < sums.size(); ++i) work.counts[i] = static_cast<float>(sums.data()[i]);
  analog::affine(n, columns_, work.counts.data(), affine_, nullptr, 0.0f, values);
  if (work.health != nullptr) work.health->see_values(work.counts.size(), values);
}

}  // namespace phasecore::numerics
