#include "models/spaces/settings.hpp"

#include <algorithm>

#include "models/spaces/space.hpp"

namespace phasecore::spaces {

void Only::fields(common::FieldVisitor& v) {
  v.field({"choices", "", "the choices that remain; their order does not matter"}, choices);
}

void Settings::fields(common::FieldVisitor& v) {
  v.field({"kind", "", "which networks: analognas, nasbench201 or resnet-elastic"}, kind);
  v.field({"input", "", "channels, height and width of the images", 1, 1024}, input);
  v.check(input.size() == 3, "'input' needs channels, height and width", {"input"});
  v.field({"classes", "", "outputs of the classifier", 2, 100000}, classes);
  v.field({"max_parameters", "", "larger networks do not exist in this space", 1, 1e8}, max_parameters);
  v.field({"max_macs", "MAC", "networks with more multiply-accumulates per image do not exist", 1, 1e15},
          max_macs);
  v.map({"only", "", "genes narrowed to some of their choices, by name; {} = the whole space"}, only);
}

namespace {

/// Where the choices of a gene were written last.
common::Location place_of(const common::YamlNode& root, const std::string& gene) {
  const common::YamlNode* node = &root;
  for (const std::string& key : {std::string("only"), gene, std::string("choices")}) {
    const common::YamlNode* inner = node->find(key);
    if (inner == nullptr) break;
    node = inner;
  }
  return node->where;
}

void narrow(Gene& gene, const Only& only, const common::Location& where, common::Diagnostics& diagnostics) {
  for (const auto& choice : only.choices)
    if (std::find(gene.choices.begin(), gene.choices.end(), choice) == gene.choices.end())
      diagnostics.add(where, "gene '" + gene.name + "' has no choice '" + choice + "'" +
                                 common::did_you_mean(choice, gene.choices));
  Gene left = gene;
  left.choices.clear();
  left.values.clear();
  for (std::size_t i = 0; i < gene.choices.size(); ++i) {
    if (std::find(only.choices.begin(), only.choices.end(), gene.choices[i]) == only.choices.end()) continue;
    left.choices.push_back(gene.choices[i]);
    left.values.push_back(gene.values[i]);
  }
  if (only.choices.empty()) diagnostics.add(where, "gene '" + gene.name + "' is left without a choice");
  gene = std::move(left);
}

}  // namespace

std::vector<Gene> narrowed(std::vector<Gene> genes, const std::vector<std::pair<std::string, Only>>& only,
                           const common::YamlNode& root, common::Diagnostics& diagnostics) {
  std::vector<std::string> names;
  for (const Gene& gene : genes) names.push_back(gene.name);
  for (const auto& [name, choices] : only) {
    const common::Location where = place_of(root, name);
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end())
      diagnostics.add(where, "there is no gene '" + name + "'" + common::did_you_mean(name, names));
    else
      narrow(genes[found - names.begin()], choices, where, diagnostics);
  }
  return genes;
}

}  // namespace phasecore::spaces
