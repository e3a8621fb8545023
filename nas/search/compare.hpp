// Two fronts against each other.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nas/pareto/dominance.hpp"
#include "nas/search/settings.hpp"

namespace phasecore::search {

/// The points of a front.csv or candidates.csv in the terms of the objectives, all to be minimised. Rows with
/// `feasible` = false are left out. Throws InputError for a file that is no such table, lacks a column, or
/// has a row without a value.
std::vector<pareto::Point> read_points(const std::string& path, const std::vector<Objective>& objectives);

/// FIGURE:GOAL[:REFERENCE[:DEVIATIONS]]: "accuracy@1d:maximise", "latency_ns:minimise:200000",
/// "accuracy@1d:maximise::1" (mean minus one standard deviation, no reference). Throws InputError.
Objective parse_objective(const std::string& text);

/// The objectives of the search that wrote a file: from config.resolved.yaml beside it. Nothing if there is
/// none.
std::optional<std::vector<Objective>> objectives_beside(const std::string& csv_path);

struct Comparison {
  std::vector<double> reference;    ///< in the figures' own direction
  bool reference_is_worst = false;  ///< none was given: the worst of both, objective by objective
  /// Figures of which no point of either side is better than the reference: there is no hypervolume.
  std::vector<std::string> unreached;
  struct Side {
    std::size_t points = 0;
    std::optional<double> hypervolume;  ///< nothing: it takes too long
    double coverage = 0;  ///< share of the other side that a point of this one equals or dominates
    double epsilon = 0;  ///< what this side must gain in every objective to cover the other; ranges scaled to
                         ///< 1
  } a, b;
};

/// Throws InputError when a side has no points.
Comparison compare(const std::vector<pareto::Point>& a, const std::vector<pareto::Point>& b,
                   const std::vector<Objective>& objectives);

}  // namespace phasecore::search
