// How large float values get.
#pragma once

#include <cstddef>

#include "common/quantile.hpp"
#include "models/graph/ranges.hpp"

namespace phasecore::numerics {

/// Collects the sizes of `count` float values, but for those that overflowed.
class Sizes {
 public:
  explicit Sizes(long long count) : quantile_(graph::kRangeShare, static_cast<std::size_t>(count)) {}

  void add(std::size_t count, const float* values) {
    not_finite_ += static_cast<long long>(quantile_.add_finite_sizes(values, count));
  }

  double range() const { return quantile_.value(); }
  long long not_finite() const { return not_finite_; }

 private:
  common::Quantile quantile_;
  long long not_finite_ = 0;
};

}  // namespace phasecore::numerics
