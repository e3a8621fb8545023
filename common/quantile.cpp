#include "common/quantile.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "common/diagnostics.hpp"

namespace phasecore::common {
namespace {

/// Values that are looked at together.
constexpr std::size_t kBlock = 64;

}  // namespace

Quantile::Quantile(double covered, std::size_t count)
    : count_(count),
      keep_(std::max(std::size_t{1},
                     count - static_cast<std::size_t>(std::ceil(covered * static_cast<double>(count))) + 1)),
      floor_(-std::numeric_limits<float>::infinity()) {
  ensure(covered > 0 && covered <= 1, "a quantile needs a share in (0, 1]");
}

/// add(size) of the values that can matter: blocks in which no size exceeds the floor are only counted.
template <class Add>
void Quantile::add_by_blocks(const float* values, std::size_t count, const Add& add) {
  for (std::size_t begin = 0; begin < count; begin += kBlock) {
    const std::size_t n = std::min(kBlock, count - begin);
    const float* block = values + begin;
    int matters = kept_.size() < keep_ ? 1 : 0;
    for (std::size_t i = 0; i < n; ++i) matters |= std::fabs(block[i]) <= floor_ ? 0 : 1;
    if (matters == 0)
      seen_ += n;
    else
      for (std::size_t i = 0; i < n; ++i) add(std::fabs(block[i]));
  }
}

void Quantile::add_sizes(const float* values, std::size_t count) {
  add_by_blocks(values, count, [this](float size) { add(size); });
}

std::size_t Quantile::add_finite_sizes(const float* values, std::size_t count) {
  std::size_t others = 0;
  add_by_blocks(values, count, [&](float size) {
    if (size <= std::numeric_limits<float>::max())
      add(size);
    else
      ++others;
  });
  return others;
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
