// The run of a sweep, and what it found out.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/table.hpp"
#include "nas/archive/archive.hpp"
#include "nas/evaluate/pool.hpp"
#include "nas/sweep/problem.hpp"

namespace phasecore::sweep {

/// How far a key moves a figure, all else equal: over the groups of points that differ in this key alone.
struct Effect {
  std::string key, figure;
  int groups = 0;         ///< with at least two points that could be measured
  double range = 0;       ///< largest less smallest value, mean over the groups
  double relative = 0;    ///< range over the mean absolute value; 0 where that is 0
  double error = 0;       ///< standard error that the figures' own give the range
  std::string low, high;  ///< the values of the key with the lowest and highest figure, in most groups
};

struct Result {
  std::vector<archive::Evaluation> evaluations;  ///< in the order of the points
  std::vector<std::string> figures;  ///< all that some point has; the catalogue's order, then by name
  std::vector<std::string> reasons;  ///< "" = it has all objectives
  std::vector<std::size_t> front;
  std::optional<std::size_t> knee;
  std::vector<Effect> effects;  ///< of every key on every objective, by figure, the largest first
};

/// Evaluates what the archive does not hold. `progress` is told how many are done. Throws
/// evaluate::Interrupted; what is done by then is in the archive.
Result run(const Problem& problem, archive::Archive& archive, evaluate::Pool& pool,
           const std::function<void(std::size_t done)>& progress, const std::function<bool()>& stop);

/// `id`, the keys, the figures, `fidelity`, `feasible`, `reason`; a row for each point.
common::Table candidates_table(const Problem& problem, const Result& result);
common::Table front_table(const Problem& problem, const Result& result);
common::Table sensitivity_table(const Result& result);

/// The front, the sensitivities, points without figures.
std::string to_text(const Problem& problem, const Result& result);

/// report.json (schema phasecore.sweep/1). `wall_s` stands in `provenance`.
std::string to_json(const Problem& problem, const Result& result, double wall_s);

/// All files of the result directory but the archive.
std::map<std::string, std::string> files(const Problem& problem, const Result& result, double wall_s);

}  // namespace phasecore::sweep
