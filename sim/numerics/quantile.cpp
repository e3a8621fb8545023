#include "sim/numerics/quantile.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

namespace phasecore::numerics {

Quantile::Quantile(double covered, long long count)
    : keep_(static_cast<std::size_t>(std::max(
          1LL, count - static_cast<long long>(std::ceil(covered * static_cast<double>(count))) + 1))),
      floor_(-std::numeric_limits<float>::infinity()) {}

void Quantile::push(float value) {
  kept_.push_back(value);
  if (kept_.size() >= 2 * keep_) shrink();
}

void Quantile::shrink() {
  std::nth_element(kept_.begin(), kept_.begin() + static_cast<std::ptrdiff_t>(keep_) - 1, kept_.end(),
                   std::greater<float>());
  kept_.resize(keep_);
  floor_ = kept_.back();
}

float Quantile::value() const {
  if (kept_.empty()) return 0;
  std::vector<float> sorted = kept_;
  std::sort(sorted.begin(), sorted.end(), std::greater<float>());
  return sorted[std::min(keep_, sorted.size()) - 1];
}

}  // namespace phasecore::numerics
