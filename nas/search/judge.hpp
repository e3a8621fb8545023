// From figures to scores: what the objectives and constraints make of what was measured.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "nas/evaluate/evaluator.hpp"
#include "nas/pareto/engine.hpp"
#include "nas/search/settings.hpp"

namespace phasecore::search {

using Figures = std::map<std::string, evaluate::Figure>;

struct Verdict {
  pareto::Score score;
  std::string reason;  ///< "" = feasible; else every constraint that is not met, or what is not known
  /// The same without the candidate's own values, one by one: "cores is above 64". Empty for failures.
  std::vector<std::string> broken;
};

class Judge {
 public:
  /// Finds the step after which everything is known. `steps`: those of the evaluator that a search may look
  /// at. Figures that no step gives, bounds and references beyond all values of their figure, and bounds that
  /// contradict each other become diagnostics with their place in the settings.
  Judge(const LoadedSettings& settings, const evaluate::Evaluator& evaluator, int steps,
        common::Diagnostics& diagnostics);

  /// All figures of objectives and constraints are measured by the steps up to this one.
  int deciding_step() const { return deciding_step_; }

  /// Of a candidate with all its figures. One that lacks a figure (not modelled, not published) is infeasible
  /// with an infinite violation; its objectives are NaN where unknown.
  Verdict judge(const Figures& figures) const;
  /// After an earlier step: what rules the candidate out whatever dearer steps may find; "" if nothing. A
  /// figure that a later step measures again counts as its lower bound.
  Verdict judge_early(const Figures& figures, int step) const;
  /// Of a candidate that could not be evaluated. Its violation is infinite, unless figures that are known all
  /// the same break constraints: then it is theirs, so that a search sees the way back to what fits.
  Verdict failed(const std::string& failure, const Figures& known) const;

  /// The hypervolume's reference in the scores' terms (minimised); empty when an objective has none.
  const std::vector<double>& reference() const { return reference_; }
  /// Objective `index` as a figure: the score's sign and deviations undone only in sign.
  double in_figure_unit(std::size_t index, double objective) const;

 private:
  /// Values that the figures cannot have.
  void check_values(const LoadedSettings& settings, common::Diagnostics& diagnostics) const;
  pareto::Score score(const Figures& figures) const;

  std::vector<Objective> objectives_;
  std::vector<Constraint> constraints_;
  std::map<std::string, int> last_step_;  ///< that measures a figure
  std::vector<double> reference_;
  int deciding_step_ = 0;
};

}  // namespace phasecore::search
