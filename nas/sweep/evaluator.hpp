// The figures of a sweep's point: every network of it simulated as `phasecore simulate` does.
#pragma once

#include "nas/evaluate/evaluator.hpp"
#include "nas/evaluate/own_chip_runner.hpp"
#include "nas/sweep/problem.hpp"

namespace phasecore::sweep {

/// The genes are a point's choices; one step. Of several networks each figure has its own name,
/// "NETWORK/latency_ns", beside the one over all of them.
class PointEvaluator : public evaluate::Evaluator {
 public:
  /// `problem` has to outlive it.
  explicit PointEvaluator(const Problem& problem);

  int steps() const override { return 1; }
  evaluate::Fidelity fidelity(int step) const override;
  std::vector<std::string> figures(int step) const override;
  /// A network that cannot be executed or does not fit fails the point, with its name and the reason.
  evaluate::Outcome evaluate(const std::vector<int>& genes, int step) const override;

 private:
  figures::Figures measured(const Point& point, const Member& member) const;

  const Problem& problem_;
  std::map<std::vector<int>, std::size_t> numbers_;
  mutable evaluate::OwnChipRunner chips_of_process_;
};

}  // namespace phasecore::sweep
