// Static ranges: the 99.9th percentile of |activation| over the calibration images (DESIGN: numbers on the
// chip).
#pragma once

#include <cstddef>
#include <vector>

namespace phasecore::train {

/// Quantile of |x| over a stream whose length is known beforehand; keeps only the largest values.
class AbsoluteQuantile {
 public:
  /// `share` of the `total` values lie at or below the quantile.
  AbsoluteQuantile(double share, std::size_t total);
  void add(const float* values, std::size_t count);
  /// After all `total` values. Throws InternalError if fewer or more were added.
  double value();

 private:
  void trim();
  std::size_t total_;
  std::size_t keep_;  ///< how many of the largest values decide
  std::size_t seen_ = 0;
  std::vector<float> largest_;
};

/// Share of the calibration values that a code represents without clipping.
constexpr double range_share = 0.999;
/// A range is never smaller: codes of a layer that is always 0 have a width too.
constexpr double smallest_range = 1e-6;

}  // namespace phasecore::train
