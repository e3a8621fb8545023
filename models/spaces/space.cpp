#include "models/spaces/space.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

namespace phasecore::spaces {

namespace {

/// Draws after which the limits are said to leave nothing.
constexpr std::uint64_t kMaxDraws = 100000;

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace

Gene Gene::integer(std::string name, std::string meaning, const std::vector<int>& values, int stage) {
  Gene gene{std::move(name), std::move(meaning), true, {}, values, stage};
  for (int value : values) gene.choices.push_back(std::to_string(value));
  return gene;
}

Gene Gene::categorical(std::string name, std::string meaning, std::vector<std::string> choices, int stage) {
  Gene gene{std::move(name), std::move(meaning), false, std::move(choices), {}, stage};
  for (int i = 0; i < static_cast<int>(gene.choices.size()); ++i) gene.values.push_back(i);
  return gene;
}

Space::Space(Settings settings, std::vector<Gene> genes)
    : settings_(std::move(settings)), genes_(std::move(genes)) {
  // sample() addresses its draws as (index, draw, gene) in 64 bits.
  common::ensure(!genes_.empty() && genes_.size() <= 256, "a space has 1 to 256 genes");
  for (const Gene& gene : genes_)
    common::ensure(!gene.choices.empty() && gene.choices.size() == gene.values.size(),
                   "every choice of a gene has a value");
}

std::string Space::malformed(const Genes& genes) const {
  if (genes.size() != genes_.size())
    return fmt::format("has {} genes; the space {} has {}", genes.size(), kind(), genes_.size());
  for (std::size_t i = 0; i < genes.size(); ++i)
    if (genes[i] < 0 || genes[i] >= static_cast<int>(genes_[i].choices.size()))
      return fmt::format("gene '{}' takes choice {}; it has choices 0 to {}", genes_[i].name, genes[i],
                         genes_[i].choices.size() - 1);
  return "";
}

std::string Space::refusal(const Genes& genes) const {
  if (std::string wrong = malformed(genes); !wrong.empty()) return wrong;
  const Genes unique = canonical(genes);
  if (std::string wrong = own_refusal(unique); !wrong.empty()) return wrong;
  const Cost needed = cost(unique);
  if (needed.parameters > settings_.max_parameters)
    return fmt::format("{} parameters exceed max_parameters = {}", needed.parameters,
                       settings_.max_parameters);
  if (static_cast<double>(needed.macs) > settings_.max_macs)
    return fmt::format("{} multiply-accumulates exceed max_macs = {:.0f}", needed.macs, settings_.max_macs);
  return "";
}

graph::Network Space::network(const Genes& genes, std::uint64_t seed) const {
  if (const std::string wrong = refusal(genes); !wrong.empty())
    throw common::InputError(kind() + ": there is no such network: " + wrong);
  return graph::build(draft(canonical(genes), seed));
}

Genes Space::sample(const common::RandomKey& key, std::uint64_t index) const {
  common::ensure(index < (std::uint64_t{1} << 32), "sample index below 2^32");
  Genes genes(genes_.size());
  for (std::uint64_t draw = 0; draw < kMaxDraws; ++draw) {
    for (std::size_t g = 0; g < genes.size(); ++g)
      genes[g] = static_cast<int>(common::uniform_index(
          key, (index << 32) + (draw << 8) + g, static_cast<std::uint32_t>(genes_[g].choices.size())));
    if (exists(genes)) return canonical(genes);
  }
  throw common::InputError(
      fmt::format("{}: {} random genotypes and none of them exists: the limits or 'only' leave too little",
                  kind(), kMaxDraws));
}

Genes Space::mutated(Genes genes, int gene, int choice) const {
  genes.at(static_cast<std::size_t>(gene)) = choice;
  return canonical(genes);
}

std::vector<Genes> Space::neighbours(const Genes& genes) const {
  const Genes centre = canonical(genes);
  std::vector<Genes> found;
  for (int g = 0; g < static_cast<int>(genes_.size()); ++g)
    for (int choice = 0; choice < static_cast<int>(genes_[g].choices.size()); ++choice) {
      if (choice == centre[g] || (genes_[g].ordered && std::abs(choice - centre[g]) > 1)) continue;
      Genes other = mutated(centre, g, choice);
      if (other != centre && exists(other) && std::find(found.begin(), found.end(), other) == found.end())
        found.push_back(std::move(other));
    }
  return found;
}

Genes Space::parse(const std::map<std::string, std::string>& choices) const {
  common::Diagnostics diagnostics;
  std::vector<std::string> names;
  Genes genes(genes_.size(), 0);
  for (std::size_t g = 0; g < genes.size(); ++g) {
    names.push_back(genes_[g].name);
    const auto given = choices.find(genes_[g].name);
    if (given == choices.end()) continue;
    const auto& known = genes_[g].choices;
    const auto found = std::find(known.begin(), known.end(), given->second);
    if (found == known.end())
      diagnostics.add({},
                      fmt::format("gene '{}' is {}; allowed is one of {}{}", genes_[g].name, given->second,
                                  listed(known), common::did_you_mean(given->second, known)));
    else
      genes[g] = static_cast<int>(found - known.begin());
  }
  for (const auto& [name, choice] : choices)
    if (std::find(names.begin(), names.end(), name) == names.end())
      diagnostics.add({}, "there is no gene '" + name + "'" + common::did_you_mean(name, names));
  diagnostics.raise_if_any();
  const Genes unique = canonical(genes);
  for (std::size_t g = 0; g < genes.size(); ++g)
    if (choices.count(names[g]) == 0 && has_effect(unique, static_cast<int>(g)))
      diagnostics.add({}, "gene '" + names[g] + "' is missing");
  diagnostics.raise_if_any();
  return unique;
}

std::string Space::text(const Genes& genes) const {
  const auto named = choices(genes);
  std::string text;
  for (const Gene& gene : genes_) {
    const auto choice = named.find(gene.name);
    if (choice != named.end()) text += (text.empty() ? "" : " ") + gene.name + "=" + choice->second;
  }
  return text;
}

std::vector<Genes> Space::spread(const common::RandomKey& key, int count) const {
  constexpr int kPerGroup = 64;
  std::vector<std::pair<long long, Genes>> drawn;
  for (int i = 0; i < kPerGroup * count; ++i) {
    Genes genes = sample(key, i);
    drawn.emplace_back(macs(genes), std::move(genes));
  }
  std::sort(drawn.begin(), drawn.end());
  std::vector<Genes> chosen;
  for (int g = 0; g < count; ++g) chosen.push_back(drawn[g * kPerGroup + kPerGroup / 2].second);
  return chosen;
}

Genes Space::parse(const std::string& text) const {
  std::map<std::string, std::string> choices;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos || equals == 0)
      throw common::InputError("genes: '" + word + "' is not of the form name=choice");
    if (!choices.emplace(word.substr(0, equals), word.substr(equals + 1)).second)
      throw common::InputError("genes: '" + word.substr(0, equals) + "' is given twice");
  }
  return parse(choices);
}

std::map<std::string, std::string> Space::choices(const Genes& genes) const {
  const Genes unique = canonical(genes);
  std::map<std::string, std::string> out;
  for (int g = 0; g < static_cast<int>(unique.size()); ++g)
    if (has_effect(unique, g)) out[genes_[g].name] = genes_[g].choices[unique[g]];
  return out;
}

}  // namespace phasecore::spaces
