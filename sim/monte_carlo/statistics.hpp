// Means over programming instances and images, with intervals that account for both.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/monte_carlo/evaluate.hpp"

namespace phasecore::monte_carlo {

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
///
/// Resamples of answers that agree agree, too, which is no certainty: no bound is nearer to the mean than
/// resolution(), what Wilson's interval leaves open when N answers out of N agree.
class Bootstrap {
 public:
  Bootstrap(std::uint64_t seed, int instances, int images);
  /// Cut to what a mean can be, lowest .. highest; then multiplied by `unit` (100: percentage points).
  Interval interval(const Outcomes& outcomes, double lowest, double highest, double unit) const;
  /// z^2 / (N + z^2), N images, z = 1.96 (Wilson, J. Am. Stat. Assoc. 22, 209 (1927)).
  double resolution() const;

 private:
  int instances_, images_;
  double stretch_ = 1;
  std::vector<std::uint16_t> instance_counts_, image_counts_;  ///< per resample: how often each was drawn
};

}  // namespace phasecore::monte_carlo
