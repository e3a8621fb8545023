// One quantity learned from rows. Inside nas/surrogate only.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "nas/surrogate/booster.hpp"

namespace phasecore::surrogate {

/// A model of a quantity in its own unit; a constant where the quantity never varied.
class Target {
 public:
  Target() = default;
  /// Rows whose label is not finite are left out.
  Target(const std::vector<std::vector<double>>& rows, const std::vector<double>& labels, std::uint64_t seed);

  std::vector<double> predict(const Matrix& rows) const;
  /// Standard deviation of the labels.
  double spread() const { return spread_; }

 private:
  double mean_ = 0, spread_ = 0;
  std::optional<Booster> model_;  ///< of (label - mean) / spread, because its trees start from 0
};

}  // namespace phasecore::surrogate
