#include "nas/evaluate/chips.hpp"

#include "common/diagnostics.hpp"

namespace phasecore::evaluate {

Chips::Chips(const std::string& base, const std::vector<std::string>& assignments,
             std::vector<ChipGene> genes)
    : base_(base), assignments_(assignments), genes_(std::move(genes)) {
  chip(std::vector<int>(genes_.size(), 0));
  common::Diagnostics diagnostics;
  for (std::size_t g = 0; g < genes_.size(); ++g)
    for (std::size_t c = 1; c < genes_[g].choices.size(); ++c) {
      std::vector<int> choices(genes_.size(), 0);
      choices[g] = static_cast<int>(c);
      try {
        chip(choices);
      } catch (const common::InputError& e) {
        for (const auto& d : e.diagnostics()) diagnostics.add(d.where, d.message);
      }
    }
  diagnostics.raise_if_any();
}

const config::Chip& Chips::chip(const std::vector<int>& choices) const {
  common::ensure(choices.size() == genes_.size(), "evaluate: one choice for every chip gene");
  auto& known = known_[choices];
  if (known) return *known;
  std::vector<std::string> all = assignments_;
  for (std::size_t g = 0; g < genes_.size(); ++g)
    all.push_back(genes_[g].key + "=" + genes_[g].choices.at(choices[g]));
  known = std::make_unique<const config::Chip>(config::load_chip(base_, all));
  return *known;
}

}  // namespace phasecore::evaluate
