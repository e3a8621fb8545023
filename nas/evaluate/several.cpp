#include "nas/evaluate/several.hpp"

namespace phasecore::evaluate {

SeveralNetworks::SeveralNetworks(std::vector<Member> members, Over over)
    : members_(std::move(members)), over_(over) {
  common::ensure(members_.size() > 1, "evaluate: one network is not several");
  for (const Member& member : members_)
    common::ensure(member.evaluator->steps() == steps(), "evaluate: networks that are evaluated differently");
}

std::vector<std::string> SeveralNetworks::figures(int step) const {
  std::vector<std::string> names = members_.front().evaluator->figures(step);
  const std::vector<std::string> of_each = names;
  for (const Member& member : members_)
    for (const auto& name : of_each) names.push_back(member.name + "/" + name);
  return names;
}

Outcome SeveralNetworks::evaluate(const std::vector<int>& genes, int step) const {
  std::vector<OfNetwork> each;
  for (const Member& member : members_)
    each.push_back({member.name, member.weight, member.evaluator->evaluate(genes, step)});
  return together(each, over_, figures::catalogue());
}

}  // namespace phasecore::evaluate
