#include "nas/evaluate/chips.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "nas/evaluate/evaluator.hpp"

namespace phasecore::evaluate {
namespace {

/// What is wrong, without the places of shipped files that the details name: reasons are part of the results.
std::string messages_of(const common::InputError& error) {
  std::string all;
  for (const auto& d : error.diagnostics()) all += (all.empty() ? "" : "; ") + d.message;
  return all;
}

/// Combinations that are tried to find one that can be built.
constexpr int kMostTried = 500;

}  // namespace

Chips::Chips(const std::string& base, const std::vector<std::string>& assignments,
             std::vector<ChipGene> genes)
    : base_(base), assignments_(assignments), genes_(std::move(genes)) {
  auto base_chip = std::make_shared<const config::Chip>(base_.chip(assignments_));
  if (genes_.empty()) {
    known_[{}] = std::move(base_chip);
    return;
  }
  common::Diagnostics diagnostics;
  for (std::size_t g = 0; g < genes_.size(); ++g)
    for (std::size_t c = 0; c < genes_[g].choices.size(); ++c)
      check_choice(g, static_cast<int>(c), diagnostics);
  diagnostics.raise_if_any();
  const auto found = find_buildable({});
  if (!found) (void)chip(std::vector<int>(genes_.size(), 0));  // throws, and says why
  buildable_ = found.value();
}

/// A choice that suits the base is right, whatever it excludes; one that does not may suit other choices.
void Chips::check_choice(std::size_t gene, int choice, common::Diagnostics& diagnostics) const {
  std::vector<std::string> alone = assignments_;
  alone.push_back(assignment(gene, choice));
  try {
    (void)base_.chip(alone);
  } catch (const common::InputError& e) {
    if (find_buildable({{gene, choice}})) return;
    diagnostics.add(genes_[gene].where,
                    fmt::format("chip gene {}: {}", assignment(gene, choice), messages_of(e)));
  }
}

/// The first combination with the fixed choices that can be built: the first choices; one other choice; then
/// one after the other.
std::optional<std::vector<int>> Chips::find_buildable(const std::map<std::size_t, int>& fixed) const {
  int tried = 0;
  std::vector<int> choices(genes_.size(), 0);
  for (const auto& [gene, choice] : fixed) choices[gene] = choice;
  const auto works = [&](const std::vector<int>& these) {
    try {
      ++tried;
      (void)chip(these);
      return true;
    } catch (const common::InputError&) {
      return false;
    }
  };
  const auto choices_of = [&](std::size_t g) { return static_cast<int>(genes_[g].choices.size()); };
  if (works(choices)) return choices;
  for (std::size_t g = 0; g < genes_.size(); ++g)
    for (int c = 1; fixed.count(g) == 0 && c < choices_of(g) && tried < kMostTried; ++c) {
      std::vector<int> other = choices;
      other[g] = c;
      if (works(other)) return other;
    }
  for (bool more = true; more && tried < kMostTried;) {
    more = false;
    for (std::size_t g = genes_.size(); g-- > 0 && !more;) {  // counts up, the last gene fastest
      if (fixed.count(g) != 0) continue;
      more = choices[g] + 1 < choices_of(g);
      choices[g] = more ? choices[g] + 1 : 0;
    }
    if (more && works(choices)) return choices;
  }
  return std::nullopt;
}

std::string Chips::assignment(std::size_t gene, int choice) const {
  return genes_[gene].key + "=" + genes_[gene].choices.at(static_cast<std::size_t>(choice));
}

const config::Chip& Chips::chip(const std::vector<int>& choices) const {
  common::ensure(choices.size() == genes_.size(), "evaluate: one choice for every chip gene");
  auto& known = known_[choices];
  if (known) return *known;
  std::vector<std::string> all = assignments_;
  std::string chosen;
  for (std::size_t g = 0; g < genes_.size(); ++g) {
    all.push_back(assignment(g, choices[g]));
    chosen += (chosen.empty() ? "" : ", ") + all.back();
  }
  try {
    known = std::make_shared<const config::Chip>(base_.chip(all));
  } catch (const common::InputError& e) {
    throw common::InputError(fmt::format("no chip has {}: {}", chosen, messages_of(e)));
  }
  return *known;
}

}  // namespace phasecore::evaluate
