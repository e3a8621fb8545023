#include "nas/search/settings.hpp"

#include <algorithm>
#include <set>

#include "common/settings_on_defaults.hpp"
#include "common/units.hpp"
#include "nas/evaluate/race_blocks.hpp"
#include "nas/pareto/engine.hpp"
#include "sim/config/chip.hpp"

namespace phasecore::search {
namespace {

constexpr const char* kSchema = "phasecore.search-settings/1";

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace

std::vector<double> times_s(const Settings& settings) {
  std::set<double> times;
  for (const auto& time : settings.evaluator.times) times.insert(common::parse_duration_s(time));
  const auto add = [&](const std::string& figure) {
    if (figure == "avm_pp") times.insert({1, 2592000});  // what it is the difference of: 1 s and 30 d
    if (const auto seconds = figure_time_s(figure)) times.insert(*seconds);
  };
  for (const auto& objective : settings.objectives) add(objective.figure);
  for (const auto& constraint : settings.constraints) add(constraint.figure);
  return {times.begin(), times.end()};
}

void Objective::fields(common::FieldVisitor& v) {
  v.field({"figure", "", "what is wanted: accuracy@1d, latency_ns, energy_nj, cores, ..."}, figure);
  v.choice({"goal", "", "which way is better"}, goal, {"maximise", "minimise"});
  v.field({"deviations", "", "standard deviations over programmings counted against the figure", 0, 100},
          deviations);
  v.field({"reference", "figure's", "the worst value that counts for the hypervolume"}, reference);
}

void Constraint::fields(common::FieldVisitor& v) {
  v.field({"figure", "", "what is limited"}, figure);
  v.field({"deviations", "", "standard deviations over programmings counted against the figure", 0, 100},
          deviations);
  v.field({"at_most", "figure's", "largest value allowed"}, at_most);
  v.field({"at_least", "figure's", "smallest value allowed"}, at_least);
  v.check(at_most || at_least, "a constraint needs 'at_most' or 'at_least'", {"at_most", "at_least"});
  v.check(!at_most || !at_least || *at_least <= *at_most, "'at_least' exceeds 'at_most'",
          {"at_least", "at_most"});
}

void ChipGene::fields(common::FieldVisitor& v) {
  v.field({"key", "", "key of the chip, as --set takes it: adc.bits"}, key);
  v.field({"choices", "", "the values it may take, in YAML"}, choices);
  v.field({"ordered", "", "neighbours in the list are neighbours in the search; absent: false"}, ordered);
  v.check(choices.size() >= 2, "a chip gene needs at least two choices", {"choices"});
  auto sorted = choices;
  std::sort(sorted.begin(), sorted.end());
  v.check(std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end(), "a choice is given twice",
          {"choices"});
}

void Effort::fields(common::FieldVisitor& v) {
  v.field({"images", "", "images", 1, 1e6}, images);
  v.field({"instances", "", "programming instances", 1, 10000}, instances);
}

void RaceSettings::fields(common::FieldVisitor& v) {
  v.field({"images", "", "the first of monte_carlo's, on its first programming: 16, 32, 48, ...", 16, 1e6},
          images);
  v.check(images % evaluate::kRaceBlocks == 0, "'images' of a race are a multiple of 16", {"images"});
  v.field(
      {"level", "", "chance at most that who is raced out was no worse, over all rivals together", 1e-9, 0.5},
      level);
}

void Confirmation::fields(common::FieldVisitor& v) {
  v.field({"images", "", "validation images after those of monte_carlo; 0 = nothing is confirmed", 0, 1e6},
          images);
  v.field({"instances", "", "programming instances after those of monte_carlo", 1, 10000}, instances);
  v.field(
      {"doubt", "",
       "while the front is confirmed, candidates that are not count worse by so many of their own standard "
       "errors (of many the luckiest look best); 0 = by none",
       0, 10},
      doubt);
}

void EvaluatorSettings::fields(common::FieldVisitor& v) {
  v.choice({"kind", "", "where accuracies come from"}, kind,
           {"table", "supernet", "train", "command", "networks"});
  v.field({"table", "", "table: the AnalogNAS-Bench file, benchmark_data.csv"}, table);
  v.field({"supernet", "", "supernet: the YAML file that phasecore-train wrote, or zoo:NAME"}, supernet);
  v.field({"recipe", "",
           "train, and fine_tune_epochs: TRAIN.yaml, a shipped name or a file; its network and data "
           "are replaced by the candidate's"},
          recipe);
  v.field({"recipe_set", "", "keys of the recipe, as key=value"}, recipe_set);
  v.field({"fine_tune_epochs", "epoch",
           "front members are trained further for so many epochs and measured once more, apart; absent = not",
           1, 10000},
          fine_tune_epochs);
  v.field({"command", "", "command: a program of yours and its arguments (docs/evaluation.md)"}, command);
  v.field({"figures", "", "command: the figures that it answers: accuracy@1d, or names of your own"},
          figures);
  v.check((kind == EvaluatorKind::Command) == !command.empty(),
          kind == EvaluatorKind::Command ? "the evaluator 'command' needs a 'command': [PROGRAM, ARGUMENT...]"
                                         : "'command' is for the evaluator 'command'",
          {"command", "kind"});
  v.check((kind == EvaluatorKind::Command) == !figures.empty(),
          kind == EvaluatorKind::Command ? "the evaluator 'command' needs the names of its 'figures'"
                                         : "'figures' is for the evaluator 'command'",
          {"figures", "kind"});
  v.check(kind != EvaluatorKind::Train || recipe.has_value(), "the evaluator 'train' needs a 'recipe'",
          {"kind", "recipe"});
  v.check(!fine_tune_epochs || recipe.has_value(), "'fine_tune_epochs' needs a 'recipe'",
          {"fine_tune_epochs", "recipe"});
  v.check(
      !fine_tune_epochs || kind == EvaluatorKind::Supernet || kind == EvaluatorKind::Train,
      "the evaluators 'table' and 'command' have no networks to fine-tune, 'networks' takes them as they are",
      {"fine_tune_epochs", "kind"});
  v.check(recipe.has_value() || recipe_set.empty(), "'recipe_set' needs a 'recipe'",
          {"recipe_set", "recipe"});
  v.check(!recipe || kind == EvaluatorKind::Train || fine_tune_epochs,
          "'recipe' is for the evaluator 'train' and for 'fine_tune_epochs'",
          {"recipe", "kind", "fine_tune_epochs"});
  v.check(kind != EvaluatorKind::Table || table.has_value(),
          "the evaluator 'table' needs the path of the table: --set evaluator.table=PATH", {"kind", "table"});
  v.check(kind != EvaluatorKind::Supernet || supernet.has_value(),
          "the evaluator 'supernet' needs the supernet's file: --set evaluator.supernet=FILE.yaml",
          {"kind", "supernet"});
  v.field({"times", "", "readout times after programming; those of objectives and constraints are added"},
          times);
  v.field(
      {"calibration_images", "image",
       "for batch-norm statistics, static ranges and AdaBS: the first of the calibration part", 1, 1000000},
      calibration_images);
  v.group({"monte_carlo", "", "accuracy of every candidate: the first validation images"}, monte_carlo);
  v.group(
      {"race", "",
       "candidates that are clearly dominated after a few images get no more; absent = not (docs/search.md)"},
      race);
  v.check(!race || (kind != EvaluatorKind::Table && kind != EvaluatorKind::Command),
          "'race' is for the evaluators 'supernet', 'train' and 'networks': others have no images to save",
          {"race", "kind"});
  v.check(!race || race->images <= monte_carlo.images, "a race needs no more images than 'monte_carlo' has",
          {"race.images", "monte_carlo.images"});
  v.group({"confirm", "", "accuracy of what would be the front, before it is: other validation images"},
          confirm);
  v.check(confirm.images == 0 || confirm.instances > 1 || monte_carlo.instances == 1,
          "'confirm.instances' is 1; a spread over programmings, as monte_carlo gives it, needs at least 2",
          {"confirm.instances", "monte_carlo.instances", "confirm.images"});
  v.group({"final", "", "accuracy of the front members: the first test images"}, final);
  v.field(
      {"cpu_seconds", "s",
       "CPU time after which the evaluation of one candidate is given up; absent = 600, or no limit where "
       "networks are trained or a command judges",
       0.1, 1e9},
      cpu_seconds);
  v.field({"still_seconds", "s", "time without any use of the CPU after which it is given up", 0.1, 1e6},
          still_seconds);
}

void Budget::fields(common::FieldVisitor& v) {
  v.field({"evaluations", "", "candidates for which all objectives are measured", 1, 1e6}, evaluations);
  v.field({"minutes", "min", "time; the search ends with the round in which it has passed", 0.001, 1e6},
          minutes);
  v.check(evaluations || minutes, "'budget' needs 'evaluations' or 'minutes'", {"evaluations", "minutes"});
}

void Flat::fields(common::FieldVisitor& v) {
  v.field({"rounds", "", "so many rounds are looked back", 1, 1e6}, rounds);
  v.field({"gain", "", "share of the hypervolume by which it must have grown in them", 0, 1}, gain);
}

void SurrogateSettings::fields(common::FieldVisitor& v) {
  v.field({"enabled", "", "children are ordered by predictions before they are evaluated"}, enabled);
  v.field({"from_evaluations", "", "evaluations before the first use", 2, 1e6}, from_evaluations);
  v.field({"oversupply", "", "children made per child evaluated", 1, 1000}, oversupply);
  v.field({"window", "", "the last predictions that the rank correlation is taken over", 16, 1e6}, window);
  v.field({"minimum_tau", "", "below this rank correlation it switches itself off", -1, 1}, minimum_tau);
  v.field({"exploration", "", "share of the children taken by chance", 0, 1}, exploration);
  v.field({"free_figures", "",
           "figures that cost nothing (of a table: cores, parameters, macs) are taken as they are instead of "
           "predicted, and learned from; absent = false"},
          free_figures);
}

void NetworkEntry::fields(common::FieldVisitor& v) {
  v.field({"model", "", "FILE.onnx or zoo:NAME"}, model);
  v.field({"weight", "", "over_networks: weighted", 1e-9, 1e9}, weight);
}

void DigitalLayerSettings::fields(common::FieldVisitor& v) {
  v.field({"images", "", "validation images by which the loss of each layer alone is measured", 1, 1e6},
          images);
  v.field({"instances", "", "programming instances for that", 1, 10000}, instances);
}

void Settings::check_networks(common::FieldVisitor& v) const {
  const bool given = evaluator.kind == EvaluatorKind::Networks;
  v.check(
      given == !networks.empty(),
      given ? "the evaluator 'networks' needs 'networks'"
            : "'networks' is for the evaluator 'networks': the candidates of others are networks of 'space', "
              "one each, so that there is nothing to judge a chip by several of them",
      {"networks", "evaluator.kind"});
  std::set<std::string> models;
  for (std::size_t i = 0; i < networks.size(); ++i) {
    const std::string place = "networks." + std::to_string(i);
    v.check(models.insert(networks[i].model).second, "the network stands there twice", {place + ".model"});
    v.check(!networks[i].weight || over_networks == evaluate::Over::Weighted,
            "'weight' is for 'over_networks: weighted'", {place + ".weight"});
  }
  v.check(!given || !chip_genes.empty() || digital_layers,
          "a search for a chip needs what varies: 'chip_genes' or 'digital_layers'",
          {"chip_genes", "evaluator.kind"});
  v.check(!digital_layers || networks.size() == 1,
          "'digital_layers' is for the evaluator 'networks' with one network: layers are of one",
          {"digital_layers", "networks"});
  v.check(
      !digital_layers || digital_layers->images <= evaluator.monte_carlo.images + evaluator.confirm.images,
      "'digital_layers' needs no more images than 'monte_carlo' and 'confirm' have",
      {"digital_layers.images"});
  const auto spread_counts = [](const auto& goal) { return goal.deviations.has_value(); };
  v.check(networks.size() < 2 || over_networks != evaluate::Over::Worst ||
              (std::none_of(objectives.begin(), objectives.end(), spread_counts) &&
               std::none_of(constraints.begin(), constraints.end(), spread_counts)),
          "'deviations' are of one network: of several, the worst mean and the worst spread may be of two",
          {"over_networks", "objectives", "constraints"});
  v.check(!evaluator.race || networks.size() < 2,
          "'race' pairs the images of one network; there are several 'networks'",
          {"evaluator.race", "networks"});
}

void Settings::fields(common::FieldVisitor& v) {
  v.field({"schema", "", kSchema}, schema);
  v.check(schema == kSchema, "'schema' is '" + schema + "'; expected " + kSchema, {"schema"});
  v.field({"name", "", "what the results are called"}, name);
  v.field({"space", "", "networks: a shipped space or FILE.yaml"}, space);
  v.field({"space_set", "", "keys of the space, as key=value"}, space_set);
  v.field({"chip", "", "a shipped chip or FILE.yaml"}, chip);
  v.field({"chip_set", "", "keys of the chip, as key=value"}, chip_set);
  v.field({"device", "", "PCM devices: a shipped name or FILE.yaml; absent: the chip's"}, device);
  v.field({"compensation", "", "drift compensation: none, gdc, gdc-column, adabs"}, compensation);
  v.field({"data", "", "data set, or none (evaluators table and command)"}, data);
  v.field({"normalise", "",
           "MEAN,..:STD,.. per channel in place of the set's own normalisation; absent = the set's own"},
          normalise);
  v.list({"networks", "", "evaluator networks: what the chip is searched for, all on the same chip"},
         networks);
  v.choice(
      {"over_networks", "", "what a figure of several networks is: that of the worst, a mean, or weighted"},
      over_networks, evaluate::over_names());
  v.list({"chip_genes", "", "keys of the chip that are searched together with the network"}, chip_genes);
  std::set<std::string> seen;
  for (std::size_t g = 0; g < chip_genes.size(); ++g)
    v.check(seen.insert(chip_genes[g].key).second, "'" + chip_genes[g].key + "' is a chip gene twice",
            {"chip_genes." + std::to_string(g) + ".key"});
  v.group(
      {"digital_layers", "",
       "evaluator networks: each convolution and Gemm in a crossbar or in a digital unit, a gene each, and "
       "in the first round the chain of `phasecore map --budget`; absent = not"},
      digital_layers);
  v.group({"evaluator", "", "how candidates are evaluated"}, evaluator);
  v.list({"objectives", "", "what is wanted"}, objectives);
  v.check(!objectives.empty(), "there are no objectives", {"objectives"});
  v.list({"constraints", "", "what is required"}, constraints);
  check_networks(v);
  v.field({"algorithm", "", "analognas, local-search, nsga2 or random"}, algorithm);
  const auto algorithms = pareto::algorithms().names();
  v.check(std::find(algorithms.begin(), algorithms.end(), algorithm) != algorithms.end(),
          "'algorithm' is '" + algorithm + "'; allowed is one of " + listed(algorithms) +
              common::did_you_mean(algorithm, algorithms),
          {"algorithm"});
  v.field({"population", "", "candidates per round", 2, 100000}, population);
  v.field({"crossover_rate", "", "nsga2: share of children with two parents", 0, 1}, crossover_rate);
  v.field({"mutation_rate", "", "nsga2: expected number of genes changed in a child", 0.001, 1000},
          mutation_rate);
  v.group({"budget", "", "when the search ends"}, budget);
  v.group({"stop_when_flat", "",
           "ends it before that, when the hypervolume has not grown by `gain` in `rounds`; absent = not"},
          stop_when_flat);
  v.check(!stop_when_flat || std::all_of(objectives.begin(), objectives.end(),
                                         [](const Objective& o) { return o.reference.has_value(); }),
          "'stop_when_flat' needs a 'reference' of every objective: without it there is no hypervolume",
          {"stop_when_flat", "objectives"});
  v.field(
      {"start_from", "",
       "directory of another search: the members of its front are candidates of the first round, as far as "
       "their genes exist here; absent = none"},
      start_from);
  v.group({"surrogate", "",
           "learned pre-screening of nsga2 and local-search; of others it only shows the rank correlation"},
          surrogate);
  v.field({"seed", "", "seed of every random number", 0, 2147483647}, seed);
}

common::Location LoadedSettings::place(const std::string& list, std::size_t index,
                                       const std::string& key) const {
  const common::YamlNode* node = root.find(list);
  if (node == nullptr) return root.where;
  if (index >= node->items.size()) return node->where;
  const common::YamlNode* member = node->items[index].find(key);
  return member != nullptr ? member->where : node->items[index].where;
}

std::vector<common::Diagnostic> LoadedSettings::with_places(std::vector<common::Diagnostic> diagnostics,
                                                            const std::string& path,
                                                            const std::string& assignments) const {
  const auto place_of = [&](const std::string& keys) -> common::Location {
    const common::YamlNode* node = &root;
    for (std::size_t at = 0; node != nullptr && at <= keys.size();) {
      const std::size_t dot = std::min(keys.find('.', at), keys.size());
      node = node->find(keys.substr(at, dot - at));
      at = dot + 1;
    }
    const bool own =
        node != nullptr && node->where.file.rfind(common::config_directory() + "/", 0) == std::string::npos;
    return own ? node->where : common::Location{};
  };
  for (common::Diagnostic& d : diagnostics) {
    const bool assigned = d.where.file == "--set" && !assignments.empty();
    if (!assigned && !d.where.file.empty()) continue;
    if (const common::Location place = place_of(assigned ? assignments : path); !place.file.empty())
      d.where = place;
  }
  return diagnostics;
}

namespace {

/// A budget in minutes means minutes, not whatever comes first of them and the default's evaluations.
void replace_budget(common::YamlNode& defaults, const common::YamlNode& own) {
  if (own.find("budget") != nullptr) *defaults.find("budget") = *own.find("budget");
}

const common::OnDefaults<LoadedSettings>& loader() {
  static const common::OnDefaults<LoadedSettings> kLoader(search_files, replace_budget);
  return kLoader;
}

LoadedSettings completed(LoadedSettings loaded) {
  for (auto& gene : loaded.settings.chip_genes) gene.ordered = gene.ordered.value_or(false);
  for (auto& objective : loaded.settings.objectives) objective.figure = canonical_figure(objective.figure);
  for (auto& figure : loaded.settings.evaluator.figures) figure = canonical_figure(figure);
  for (auto& constraint : loaded.settings.constraints)
    constraint.figure = canonical_figure(constraint.figure);
  return loaded;
}

}  // namespace

LoadedSettings load_settings(const std::string& name_or_file, const std::vector<std::string>& assignments) {
  return completed(loader().of(name_or_file, assignments));
}

LoadedSettings load_settings_text(const std::string& text, const std::string& name,
                                  const std::vector<std::string>& assignments) {
  return completed(loader().of_text(text, name, assignments));
}

}  // namespace phasecore::search
