#include "nas/surrogate/target.hpp"

#include <cmath>

namespace phasecore::surrogate {

Target::Target(const std::vector<std::vector<double>>& rows, const std::vector<double>& labels,
               std::uint64_t seed) {
  std::vector<std::vector<double>> known;
  std::vector<double> values;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!std::isfinite(labels.at(i))) continue;
    known.push_back(rows[i]);
    values.push_back(labels[i]);
  }
  if (values.empty()) return;
  const auto count = static_cast<double>(values.size());
  for (const double value : values) mean_ += value / count;
  double square = 0;
  for (const double value : values) square += (value - mean_) * (value - mean_) / count;
  spread_ = std::sqrt(square);
  if (!(spread_ > 0)) return;
  for (double& value : values) value = (value - mean_) / spread_;
  Matrix matrix(known);
  model_.emplace(matrix, values, seed);
}

std::vector<double> Target::predict(const Matrix& rows) const {
  std::vector<double> values = model_ ? model_->predict(rows) : std::vector<double>(rows.rows(), 0);
  for (double& value : values) value = value * spread_ + mean_;
  return values;
}

}  // namespace phasecore::surrogate
