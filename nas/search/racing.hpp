// Racing: candidates that are clearly dominated after a few images get no more (Maron and Moore, Artif.
// Intell. Rev. 11, 193 (1997)). Inside nas/search only.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nas/archive/archive.hpp"
#include "nas/search/search.hpp"

namespace phasecore::search {

/// Can the objective be raced on? A mean accuracy so long after programming; a spread cannot be told from a
/// few images.
bool can_be_raced(const Objective& objective);

/// The step "race", if the evaluator has one. What cannot be raced becomes diagnostics: an objective that
/// neither a race nor an earlier step measures, or none that a race measures.
std::optional<int> race_step_of(const LoadedSettings& loaded, const evaluate::Evaluator& evaluator,
                                common::Diagnostics& diagnostics);

/// Why a candidate is out.
struct RacedOut {
  std::string reason;
  /// Where the race puts it: the rival's objectives and the differences from them.
  pareto::Score score;
};

class Racing {
 public:
  /// Rivals are members of the front of all earlier rounds.
  Racing(const Problem& problem, const archive::Archive& archive, const std::vector<Candidate>& rivals);

  /// A rival beats the candidate when it is no worse in any objective that an earlier step measured, and
  /// better in every raced one by more than t(1 - level / rivals, 15) standard errors of the mean of the
  /// differences block by block, on the same images and the same programming. `level` is shared out to all
  /// rivals that are no worse (Bonferroni). What one programming differs from the mean of many counts into
  /// the error, as the spread that the rival was measured to have, twice.
  std::optional<RacedOut> out(const Candidate& candidate) const;

 private:
  struct Lead {
    double mean = 0, error = 0;
  };
  bool no_worse_where_exact(const Candidate& rival, const Candidate& candidate) const;
  Lead lead(const Objective& objective, const Candidate& rival, const Candidate& candidate) const;
  std::optional<RacedOut> beaten(const Candidate& rival, const Candidate& candidate, double least) const;

  const Problem& problem_;
  const archive::Archive& archive_;
  std::vector<Candidate> rivals_;
};

}  // namespace phasecore::search
