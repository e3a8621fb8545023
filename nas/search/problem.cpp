#include "nas/search/problem.hpp"

#include <algorithm>

#include "common/files.hpp"
#include "common/version.hpp"
#include "models/spaces/load.hpp"
#include "nas/search/digital_layers.hpp"
#include "nas/search/racing.hpp"
#include "nas/search/sources.hpp"
#include "nas/search/start.hpp"

namespace phasecore::search {
namespace {

/// Every value of a YAML tree with its path: "objectives[0].figure", "cores".
void flatten(const common::YamlNode& node, const std::string& path, archive::Identity& into) {
  for (const auto& member : node.members)
    flatten(member.value, path.empty() ? member.key : path + "." + member.key, into);
  for (std::size_t i = 0; i < node.items.size(); ++i)
    flatten(node.items[i], path + "[" + std::to_string(i) + "]", into);
  if (node.members.empty() && node.items.empty()) into.emplace_back(path, node.scalar);
}

void flatten_text(const std::string& yaml, const std::string& path, archive::Identity& into) {
  common::Diagnostics none;
  flatten(common::parse_yaml(yaml, path, none), path, into);
  common::ensure(none.empty(), "settings were written that cannot be read");
}

/// Everything that the results depend on. Files count by their content, not by their place.
archive::Identity identity_of(const Settings& settings, const common::YamlNode& space,
                              const config::Chip& chip, const Source& source) {
  Settings placeless = settings;
  for (auto* path : {&placeless.evaluator.table, &placeless.evaluator.supernet, &placeless.evaluator.recipe})
    if (*path) *path = "(by content)";
  if (placeless.start_from) placeless.start_from = "(by content)";
  placeless.evaluator.cpu_seconds = {};  // decide what is lost, not what is found
  placeless.evaluator.still_seconds = 1;
  archive::Identity identity = {{"phasecore", common::version()}};
  flatten_text(common::dump_fields(placeless), "", identity);
  if (placeless.networks.empty())  // as archives had it before there were such searches
    identity.erase(std::remove_if(identity.begin(), identity.end(),
                                  [](const auto& entry) {
                                    return entry.first == "networks" || entry.first == "over_networks";
                                  }),
                   identity.end());
  if (!space.members.empty()) flatten(space, "space", identity);  // networks may be given
  flatten_text(common::dump_fields(chip), "chip", identity);
  if (source.device) flatten_text(common::dump_fields(*source.device), "device", identity);
  for (const auto& [name, path] : source.files)
    identity.emplace_back(name + ".sha256", common::sha256(common::read_file(path)));
  for (const auto& [name, hash] : source.hashes) identity.emplace_back(name + ".sha256", hash);
  return identity;
}

/// `layers`: of the genes behind those of the settings.
evaluate::Chips chips_of(const LoadedSettings& loaded, const std::vector<ChipGene>& layers) {
  const Settings& s = loaded.settings;
  std::vector<evaluate::ChipGene> genes;
  for (std::size_t i = 0; i < s.chip_genes.size(); ++i)
    genes.push_back({s.chip_genes[i].key, s.chip_genes[i].choices, loaded.place("chip_genes", i, "choices")});
  for (const ChipGene& gene : layers)
    genes.push_back({gene.key, gene.choices, loaded.place("digital_layers", 0, "")});
  return {s.chip, s.chip_set, std::move(genes)};
}

void check_chip(const LoadedSettings& loaded) {
  loaded.placed("chip", "chip_set",
                [&] { return config::load_chip(loaded.settings.chip, loaded.settings.chip_set); });
}

struct LoadedSpace {
  std::shared_ptr<const spaces::Space> space;
  common::YamlNode root;
};

LoadedSpace load_space(const LoadedSettings& loaded) {
  const Settings& s = loaded.settings;
  common::Diagnostics diagnostics;
  LoadedSpace found;
  found.root =
      loaded.placed("space", "", [&] { return common::merged_settings(spaces::space_files, s.space); });
  for (std::size_t i = 0; i < s.space_set.size(); ++i)
    common::set_yaml(found.root, s.space_set[i], diagnostics, loaded.place("space_set", i, ""));
  diagnostics.raise_if_any();
  found.space = spaces::make(found.root, diagnostics);
  diagnostics.raise_if_any();
  return found;
}

/// The chain of digital layers as candidates, with the first choices of all other genes.
std::vector<Genes> begun_by(const DigitalLayers& layers, const JointDomain& domain) {
  std::vector<Genes> start;
  for (const auto& digital : layers.chain) {
    Genes genes(domain.names().size() - digital.size(), 0);
    genes.insert(genes.end(), digital.begin(), digital.end());
    if (domain.exists(genes)) start.push_back(std::move(genes));
  }
  return start;
}

}  // namespace

Problem pose(const LoadedSettings& loaded, const Places& places) {
  Problem problem;
  problem.settings = loaded.settings;
  const Settings& s = problem.settings;

  const bool is_given = s.evaluator.kind == EvaluatorKind::Networks;
  if (is_given) (void)chips_of(loaded, {});  // keys that no chip has are told before images are read
  const std::vector<GivenNetwork> given = load_given(loaded);
  const LoadedSpace space = is_given ? LoadedSpace{space_of(given), {}} : load_space(loaded);
  check_chip(loaded);
  DigitalLayers layers;
  if (s.digital_layers)
    layers = loaded.placed("digital_layers", "", [&] { return digital_layers(loaded, given.front()); });
  problem.chips.emplace(chips_of(loaded, layers.genes));
  std::vector<ChipGene> chip_genes = s.chip_genes;
  chip_genes.insert(chip_genes.end(), layers.genes.begin(), layers.genes.end());

  Source source = is_given ? given_source(loaded, given, *problem.chips)
                           : load_source(loaded, space.space, *problem.chips, places);
  problem.evaluator = source.evaluator;
  problem.network = source.network;
  problem.fine_tuned = source.fine_tuned;
  problem.device = source.device;
  problem.domain =
      std::make_unique<JointDomain>(space.space, std::move(chip_genes), source.exists, source.as_written);
  common::Diagnostics diagnostics;
  problem.search_steps = problem.evaluator->steps();
  for (int step = problem.evaluator->steps() - 1; step >= 0; --step) {
    const evaluate::Fidelity fidelity = problem.evaluator->fidelity(step);
    if (fidelity == evaluate::Fidelity::FineTuned) problem.fine_tuned_step = step;
    if (fidelity == evaluate::Fidelity::Final) problem.search_steps = *(problem.final_step = step);
    if (fidelity == evaluate::Fidelity::Confirmed) problem.search_steps = *(problem.confirm_step = step);
  }
  problem.judge = std::make_unique<Judge>(loaded, *problem.evaluator, problem.search_steps, diagnostics);
  problem.race_step = race_step_of(loaded, *problem.evaluator, diagnostics);
  diagnostics.raise_if_any();

  if (s.start_from) {
    source.files["start_from"] = start_file(*s.start_from);
    problem.start = loaded.placed("start_from", "",
                                  [&] { return front_of(source.files["start_from"], *problem.domain); });
  }
  for (Genes& genes : begun_by(layers, *problem.domain))
    if (std::find(problem.start.begin(), problem.start.end(), genes) == problem.start.end())
      problem.start.push_back(std::move(genes));
  const config::Chip& chip = problem.chips->chip(problem.chips->buildable());
  problem.identity = identity_of(s, space.root, chip, source);
  for (const GivenNetwork& one : given)
    problem.identity.emplace_back("network " + one.name + ".sha256", one.sha256);
  return problem;
}

}  // namespace phasecore::search
