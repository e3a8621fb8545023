// Which genes decide about the objectives, by what a search has evaluated.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/table.hpp"
#include "nas/search/search.hpp"

namespace phasecore::search {

/// Share of the variance of `values` that goes with the groups they are in, 0 to 1: Kelley's epsilon squared,
/// (SSB - (g - 1) MSW) / SST, which expects 0 of groups that mean nothing (Kelley, PNAS 21, 554 (1935); cut
/// at 0). None where nothing varies, or no group has two members.
std::optional<double> main_effect(const std::vector<std::string>& groups, const std::vector<double>& values);

struct GeneImportance {
  std::string gene;
  std::vector<std::optional<double>> shares;  ///< by objective
};

/// Main effects of all genes over the candidates whose objectives are all known; a gene without effect in a
/// candidate counts as one choice more. A search looks where it is good, so these are shares of what it has
/// seen, not of the space; they do not add up where genes go together.
std::vector<GeneImportance> importance(const Problem& problem, const Result& result);

/// importance.csv: a row per gene, a column per objective.
common::Table importance_table(const Problem& problem, const Result& result);

}  // namespace phasecore::search
