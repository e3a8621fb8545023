// Several networks on the same chip, each with its own evaluator, as one candidate.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "nas/evaluate/over_networks.hpp"

namespace phasecore::evaluate {

/// Steps and figures are those of the members, who have the same; every figure also stands there for each of
/// them, "NETWORK/latency_ns". All of them are asked for the same genes.
class SeveralNetworks : public Evaluator {
 public:
  struct Member {
    std::string name;  ///< unique
    double weight = 1;
    std::shared_ptr<const Evaluator> evaluator;
  };

  /// At least two members.
  SeveralNetworks(std::vector<Member> members, Over over);

  int steps() const override { return members_.front().evaluator->steps(); }
  Fidelity fidelity(int step) const override { return members_.front().evaluator->fidelity(step); }
  std::vector<std::string> figures(int step) const override;
  Outcome evaluate(const std::vector<int>& genes, int step) const override;

 private:
  std::vector<Member> members_;
  Over over_;
};

}  // namespace phasecore::evaluate
