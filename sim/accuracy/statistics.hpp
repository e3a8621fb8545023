// Means over programming instances and images, with intervals that account for both.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/accuracy/accuracy.hpp"

namespace phasecore::accuracy {

/// One figure per instance and image: values[instance * images + image]. 1 = right, 0 = wrong, or paired
/// differences of such.
struct Outcomes {
  int instances = 0, images = 0;
  std::vector<std::int8_t> values;
};

double mean(const Outcomes& outcomes);
/// Standard deviation over instances (n - 1) of the mean over images; 0 for one instance.
double deviation(const Outcomes& outcomes);

/// 95 % intervals of the mean over instances and images.
///
/// The pigeonhole bootstrap (Owen, Ann. Appl. Stat. 1, 386 (2007)): every resample draws instances and,
/// independently, images with replacement; both are crossed, as every instance sees every image. With few
/// instances the bootstrap is too narrow, so what the instances contribute to a resample's deviation is
/// stretched by sqrt(n / (n - 1)) t(0.975, n - 1) / 1.96. One instance: the interval speaks of images alone.
class Bootstrap {
 public:
  Bootstrap(std::uint64_t seed, int instances, int images);
  /// Every value is multiplied by `unit` (100: percentage points).
  Interval interval(const Outcomes& outcomes, double unit) const;

 private:
  int instances_, images_;
  double stretch_ = 1;
  std::vector<std::uint16_t> instance_counts_, image_counts_;  ///< per resample: how often each was drawn
};

}  // namespace phasecore::accuracy
