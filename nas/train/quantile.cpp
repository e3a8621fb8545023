#include "nas/train/quantile.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "common/diagnostics.hpp"

namespace phasecore::train {

AbsoluteQuantile::AbsoluteQuantile(double share, std::size_t total)
    : total_(total),
      keep_(total - static_cast<std::size_t>(std::ceil(share * static_cast<double>(total))) + 1) {
  common::ensure(share > 0 && share <= 1 && total > 0, "a quantile needs values and a share in (0, 1]");
}

void AbsoluteQuantile::add(const float* values, std::size_t count) {
  seen_ += count;
  for (std::size_t i = 0; i < count; ++i) largest_.push_back(std::abs(values[i]));
  if (largest_.size() > 2 * keep_) trim();
}

void AbsoluteQuantile::trim() {
  if (largest_.size() <= keep_) return;
  std::nth_element(largest_.begin(), largest_.begin() + (keep_ - 1), largest_.end(), std::greater<float>());
  largest_.resize(keep_);
}

double AbsoluteQuantile::value() {
  common::ensure(seen_ == total_, "a quantile was asked for before all its values were there");
  trim();
  return *std::min_element(largest_.begin(), largest_.end());
}

}  // namespace phasecore::train
