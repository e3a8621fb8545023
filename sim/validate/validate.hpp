// Every published figure against ours.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "sim/validate/publication.hpp"

namespace phasecore::validate {

struct Result {
  std::string source;  ///< with the row's place in it
  Row row;
  std::string not_run;  ///< why there is no figure of ours; all that follows says nothing then
  double ours = 0;
  double error_pct = 0;  ///< ours less the published figure, in percent of it
  bool ok = false;       ///< within the tolerance
  /// Beyond the tolerance, for a reason that is known.
  bool is_explained() const { return is_compared() && !ok && row.reason.has_value(); }
  bool has_run() const { return not_run.empty(); }
  bool is_compared() const { return has_run() && row.published.has_value(); }
  bool fails() const { return is_compared() && !ok && !row.reason; }
};

/// Results in the order exact, calibrated, predicted; in each as the files have them. Throws InputError, at
/// the row's place, for what cannot be measured.
std::vector<Result> validate(const std::vector<Publication>& publications, const Accuracies& accuracies);

}  // namespace phasecore::validate
