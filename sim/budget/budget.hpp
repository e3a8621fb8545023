// What a network may lose on the chip, as `phasecore map --budget` is told it.
#pragma once

#include <optional>
#include <string>

#include "sim/monte_carlo/evaluate.hpp"

namespace phasecore::budget {

/// accuracy@1d=0.87: at least 87 %; accuracy@1d=-0.2pp: at most 0.2 points less than
/// with all layers in digital units.
struct Budget {
  std::string time;                ///< "1d", after programming
  double time_s = 0;               ///< > 0
  std::optional<double> accuracy;  ///< fraction 0..1; none: relative to all layers digital
  double lost_pp = 0;              ///< points that may be lost, where relative
  std::string text() const;        ///< "accuracy@1d at least 87 %"
};

/// Throws InputError that says what is allowed.
Budget parse_budget(const std::string& text);

/// By how many points a network misses its budget: negative where it keeps it.
struct Shortfall {
  double mean_pp = 0, low_pp = 0, high_pp = 0;  ///< 95 %
  /// Is the budget kept even at the bad end of the interval?
  bool is_kept() const { return high_pp <= 0; }
};

/// Of a measured point that has its loss against all layers digital (monte_carlo::Request::reference).
Shortfall shortfall(const Budget& budget, const monte_carlo::Point& point);

}  // namespace phasecore::budget
