// The run of a search: rounds of candidates through the fidelity steps until the budget is used.
//
// A search is a deterministic function of its settings and of what evaluations find out. So it is resumed by
// running it again from the start; whatever the archive holds is taken from there.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "nas/archive/archive.hpp"
#include "nas/evaluate/pool.hpp"
#include "nas/search/problem.hpp"

namespace phasecore::search {

struct Candidate {
  int id = 0;     ///< in the order of asking, from 1
  int round = 0;  ///< from 1
  Genes genes;
  Figures figures;                             ///< of the steps of the search
  std::optional<evaluate::Fidelity> fidelity;  ///< of the last step that it went through
  bool counted = false;                        ///< it used budget: it came to the step that decides
  bool confirmed = false;                      ///< its accuracies are those of the step "confirmed"
  bool lost = false;
  std::string raced_out;  ///< "" or by whom, and by how much (Racing)
  Verdict verdict;
};

/// The state after a round, and once more after the front was confirmed.
struct TracePoint {
  int round = 0;
  int candidates = 0, evaluations = 0, infeasible = 0;
  int front = 0;
  std::optional<double> hypervolume;
  bool screened = false;                    ///< the surrogate chose this round's children
  std::vector<std::optional<double>> taus;  ///< its rank correlation by objective: predicted before told
};

enum class Stop { Evaluations, Minutes, Exhausted, NothingFits, Flat, Interrupted };
/// "evaluations", "minutes", "space exhausted", ...
const char* name_of(Stop stop);

struct Result {
  std::vector<Candidate> candidates;          ///< by id
  std::vector<std::size_t> front;             ///< indices, ascending
  std::map<std::size_t, Figures> final;       ///< of front members, with the final effort, apart
  std::map<std::size_t, Figures> fine_tuned;  ///< of front members, trained further: accuracies, apart
  std::map<std::size_t, std::string> final_failures, fine_tuned_failures;
  std::optional<std::size_t> knee;  ///< index of a front member
  std::vector<double> epsilon;      ///< least differences between objectives that counted
  std::vector<TracePoint> trace;
  Stop stop = Stop::Evaluations;
  int evaluations = 0;
};

struct Hooks {
  std::function<bool()> interrupted;                ///< the user wants to end
  std::function<double()> seconds;                  ///< clock of the budget in minutes
  std::function<void(const TracePoint&)> progress;  ///< after every candidate and every round
  std::function<void(const TracePoint&)> ended;     ///< once, before the front is confirmed and measured
  /// Front members: the step, done, all. "confirmed" comes again whenever others move up.
  std::function<void(evaluate::Fidelity, std::size_t, std::size_t)> final_progress;
};

/// Throws what the pool and the archive throw (EnvironmentError, InternalError).
Result run(const Problem& problem, archive::Archive& archive, evaluate::Pool& pool, const Hooks& hooks);

}  // namespace phasecore::search
