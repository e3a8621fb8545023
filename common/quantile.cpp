#include "common/quantile.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "common/diagnostics.hpp"

namespace phasecore::common {

Quantile::Quantile(double covered, std::size_t count)
    : count_(count),
      keep_(std::max(std::size_t{1},
                     count - static_cast<std::size_t>(std::ceil(covered * static_cast<double>(count))) + 1)),
      floor_(-std::numeric_limits<float>::infinity()) {
  ensure(covered > 0 && covered <= 1, "a quantile needs a share in (0, 1]");
}

void Quantile::add_sizes(const float* values, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) add(std::fabs(values[i]));
}

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

}  // namespace phasecore::common
