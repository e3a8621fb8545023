// A search's results as tables: candidates.csv, front.csv, fine_tuned.csv, hypervolume.csv and the front for
// a person.
#pragma once

#include <string>
#include <vector>

#include "common/table.hpp"
#include "nas/search/search.hpp"

namespace phasecore::search {

/// Columns `id`, one per gene (empty where it has no effect), one per figure (empty where it was not
/// measured), `fidelity`, `feasible`, `reason`; one row per candidate.
common::Table candidates_table(const Problem& problem, const Result& result);

/// The same columns for the front members; figures that were measured with the final effort take the place of
/// those that the search went by, and `fidelity` is "final" then.
common::Table front_table(const Problem& problem, const Result& result);

/// `id` and the accuracies of the front members after they were trained further.
common::Table fine_tuned_table(const Problem& problem, const Result& result);

/// One row per round: evaluations so far, size and hypervolume of the front, what the surrogate did and how
/// well its predictions ranked.
common::Table trace_table(const Problem& problem, const Result& result);

/// The front with intervals (95 %), best accuracy first, and what there is to say beside it.
std::string front_text(const Problem& problem, const Result& result);

/// Names of all figures of an evaluator in the order of its steps, each once.
std::vector<std::string> figure_names(const evaluate::Evaluator& evaluator);

/// Figures of a front member as they are reported: the final ones over those of the search.
Figures reported_figures(const Result& result, std::size_t candidate);

}  // namespace phasecore::search
