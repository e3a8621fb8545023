#include "sim/validate/validate.hpp"

#include <algorithm>
#include <cmath>

#include "common/diagnostics.hpp"

namespace phasecore::validate {
namespace {

/// Rounding of our own arithmetic, in percent.
constexpr double kArithmeticPct = 1e-7;

bool holds(const Row& row, double error_pct) {
  const double allowed = row.tolerance() + kArithmeticPct;
  switch (row.compared) {
    case Compared::Equal:
      return std::fabs(error_pct) <= allowed;
    case Compared::AtMost:
      return error_pct <= allowed;
    case Compared::AtLeast:
      return error_pct >= -allowed;
  }
  throw common::InternalError("a comparison of no known kind");
}

Result measured(const std::string& source, const Row& row, Shared& shared) {
  Result result;
  result.source = source + (row.place ? ", " + *row.place : "");
  result.row = row;
  try {
    result.ours = row.of->value(shared);
  } catch (const NotRun& why) {
    result.not_run = why.what();
    return result;
  } catch (const common::InputError& e) {
    throw common::placed_at(row.where, e);
  }
  if (!row.published) return result;
  result.error_pct = 100 * (result.ours - *row.published) / std::fabs(*row.published);
  result.ok = holds(row, result.error_pct);
  return result;
}

}  // namespace

std::vector<Result> validate(const std::vector<Publication>& publications, const Accuracies& accuracies) {
  Shared shared(accuracies);
  std::vector<Result> results;
  for (const Publication& publication : publications)
    for (const Row& row : publication.rows) results.push_back(measured(publication.source, row, shared));
  std::stable_sort(results.begin(), results.end(),
                   [](const Result& a, const Result& b) { return a.row.kind < b.row.kind; });
  return results;
}

}  // namespace phasecore::validate
