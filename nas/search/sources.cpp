#include "nas/search/sources.hpp"

#include <algorithm>
#include <filesystem>
#include <set>

#include "common/program.hpp"
#include "models/data/dataset.hpp"
#include "models/data/fingerprint.hpp"
#include "nas/evaluate/command.hpp"
#include "nas/evaluate/genotype.hpp"
#include "nas/evaluate/several.hpp"
#include "nas/evaluate/simulated.hpp"
#include "nas/evaluate/table.hpp"
#include "nas/evaluate/trainer.hpp"
#include "nas/search/racing.hpp"
#include "nas/supernet/supernet.hpp"
#include "nas/train/settings.hpp"
#include "nas/train/supernet_settings.hpp"

namespace phasecore::search {
namespace {

Source table_source(const LoadedSettings& loaded, const std::shared_ptr<const spaces::Space>& space,
                    const evaluate::Chips& chips) {
  const std::string path = *loaded.settings.evaluator.table;
  const auto cells = std::dynamic_pointer_cast<const spaces::Nasbench201>(space);
  if (!cells)
    throw common::InputError("the evaluator 'table' knows networks of the space nasbench201; 'space' is " +
                             space->kind());
  const auto table = loaded.placed("evaluator.table", "", [&] {
    return std::make_shared<const spaces::NasbenchTable>(spaces::NasbenchTable::read(path));
  });
  const auto evaluator = std::make_shared<const evaluate::TableEvaluator>(cells, table, chips);
  Source source;
  source.evaluator = evaluator;
  // The table has cells that differ in dead edges only, each with a training of its own: they are different
  // candidates, as they are in the published counts, and a cell that the table lacks does not stand for them.
  source.as_written = true;
  source.exists = [cells, table](const std::vector<int>& genes) {
    const spaces::Cell cell = cells->cell(evaluate::parts(genes, *cells).network);
    const spaces::TableEntry* entry = table->find(cell);
    return entry != nullptr && entry->cell == cell;
  };
  source.files["table"] = path;
  return source;
}

bool wants_references(const Settings& settings) {
  const auto is_one = [](const auto& entry) {
    return entry.figure == "accuracy@digital" || entry.figure == "accuracy@quantized";
  };
  return std::any_of(settings.objectives.begin(), settings.objectives.end(), is_one) ||
         std::any_of(settings.constraints.begin(), settings.constraints.end(), is_one);
}

/// Where the weights of networks come from.
struct Networks {
  evaluate::Weights weights, fine_tuned;
  std::map<std::string, std::string> files;
};

/// Figures of time come from the search's space, weights from the supernet's own: both have to mean the same
/// networks.
void check_same_networks(const spaces::Space& searched, const supernet::Supernet& net,
                         const std::string& path) {
  if (searched.kind() != net.space().kind())
    throw common::InputError("'space' is of kind " + searched.kind() + "; the supernet " + path +
                             " has weights for networks of kind " + net.space().kind() + " alone");
  constexpr int kDraws = 16;
  for (int i = 0; i < kDraws; ++i) {
    const spaces::Genes genes = searched.sample({}, i);
    const graph::Network here = searched.network(genes, 0);
    const graph::Network there = net.space().network(net.space().parse(searched.choices(genes)), 0);
    bool same = here.layers.size() == there.layers.size();
    for (std::size_t l = 0; same && l < here.layers.size(); ++l)
      same = here.layers[l].name == there.layers[l].name && here.layers[l].shape == there.layers[l].shape;
    if (!same)
      throw common::InputError("'space' and the space of the supernet " + path +
                               " build different networks of the same genes; narrow the supernet's own space "
                               "(only, max_macs, max_parameters) instead of changing it");
  }
}

Networks inherited(const LoadedSettings& loaded, const std::shared_ptr<const spaces::Space>& space,
                   const data::Dataset& calibration, const std::string& zoo) {
  const Settings& s = loaded.settings;
  std::string path = *s.evaluator.supernet;
  if (path.rfind("zoo:", 0) == 0) path = zoo + "/" + path.substr(4) + ".yaml";
  const auto net = loaded.placed("evaluator.supernet", "", [&] {
    return std::make_shared<const supernet::Supernet>(supernet::Supernet::load(path));
  });
  if (s.data != net->data())
    throw common::InputError("'data' is " + s.data + "; the supernet " + path + " was trained on " +
                             net->data());
  check_same_networks(*space, *net, path);
  const auto images = std::make_shared<const graph::Batch>(calibration.batch(0, calibration.size()));
  Networks networks;
  // By name: a search may leave out choices that the supernet's own space has.
  networks.weights = [net, space, images](const spaces::Genes& genes) {
    return net->ready(net->space().parse(space->choices(genes)), *images);
  };
  networks.files["supernet"] = path;  // it names the weights by their hash
  return networks;
}

/// What the trainer will be asked to do is checked before a search begins: every candidate would fail by it.
train::Settings checked_recipe(const Settings& s, const std::string& file,
                               std::vector<std::string> assignments) {
  if (train::is_supernet_recipe(file))
    throw common::InputError("'evaluator.recipe' " + file +
                             " is of a supernet; candidates need one for a network");
  assignments.emplace_back("network=candidate.onnx");
  if (s.evaluator.kind == EvaluatorKind::Train) {
    const train::Settings recipe = train::load_settings(file, assignments);
    if (recipe.start_from)
      throw common::InputError(
          "'evaluator.recipe' " + file +
          " starts from a network of its own; candidates are trained from random weights "
          "(evaluator.recipe_set: [start_from=null])");
  }
  if (s.evaluator.fine_tune_epochs)
    for (const auto& change : evaluate::Trainer::fine_tuning(*s.evaluator.fine_tune_epochs))
      assignments.push_back(change);
  return train::load_settings(file, assignments);
}

Networks networks_of(const LoadedSettings& loaded, const std::shared_ptr<const spaces::Space>& space,
                     const data::Dataset& calibration, const Places& places) {
  const Settings& s = loaded.settings;
  Networks networks;
  if (s.evaluator.kind == EvaluatorKind::Supernet)
    networks = inherited(loaded, space, calibration, places.zoo);
  if (!s.evaluator.recipe) return networks;

  evaluate::TrainerSettings settings;
  settings.recipe = loaded.placed("evaluator.recipe", "", [&] {
    return common::settings_file(train::recipe_files, *s.evaluator.recipe);
  });
  settings.assignments = s.evaluator.recipe_set;
  settings.assignments.push_back(evaluate::assignment("data", s.data));
  if (s.normalise) settings.assignments.push_back(evaluate::assignment("normalise", *s.normalise));
  settings.folder = places.trained;
  const train::Settings recipe = loaded.placed("evaluator.recipe", "evaluator.recipe_set", [&] {
    return checked_recipe(s, settings.recipe, settings.assignments);
  });
  networks.files["recipe"] = settings.recipe;
  if (recipe.teacher) networks.files["teacher"] = *recipe.teacher;
  if (recipe.hardware.weight_noise_device)
    networks.files["weight_noise_device"] =
        common::settings_file(config::device_files, *recipe.hardware.weight_noise_device);
  if (places.trained.empty())
    throw common::InputError("this search trains networks and keeps them in its directory: give --out");
  const auto trainer = std::make_shared<const evaluate::Trainer>(std::move(settings));

  const auto described = [space](graph::Network network, const spaces::Genes& genes) {
    network.metadata["phasecore.genes"] = space->text(genes);
    return network;
  };
  if (s.evaluator.kind == EvaluatorKind::Train)
    networks.weights = [trainer, space, described](const spaces::Genes& genes) {
      return described(trainer->train(space->network(genes, 0)), genes);
    };
  if (s.evaluator.fine_tune_epochs)
    networks.fine_tuned = [trainer, space, described, start = networks.weights,
                           epochs = *s.evaluator.fine_tune_epochs](const spaces::Genes& genes) {
      return described(trainer->fine_tune(space->network(genes, 0), start(genes), epochs), genes);
    };
  return networks;
}

/// `of`: whose images they are, or "".
void add_hashes(const Images& images, const std::string& of, Source& source) {
  const std::string name = of.empty() ? "images" : "images of " + of;
  source.hashes[name + ", calibration"] = data::fingerprint(images.calibration);
  source.hashes[name + ", validation"] = data::fingerprint(images.validation);
  source.hashes[name + ", test"] = data::fingerprint(images.test);
}

/// All but the weights.
evaluate::SimulationSettings simulation_of(const LoadedSettings& loaded,
                                           const std::shared_ptr<const spaces::Space>& space,
                                           const evaluate::Chips& chips, Images images) {
  const Settings& s = loaded.settings;
  evaluate::SimulationSettings simulation;
  simulation.space = space;
  simulation.calibration = std::move(images.calibration);
  simulation.validation = std::move(images.validation);
  simulation.test = std::move(images.test);
  simulation.device = loaded.placed("device", "", [&] {
    return s.device ? config::load_device(*s.device) : config::device_of(chips.chip(chips.buildable()));
  });
  simulation.compensation =
      loaded.placed("compensation", "", [&] { return analog::parse_compensation(s.compensation); });
  simulation.seed = static_cast<std::uint64_t>(s.seed);
  simulation.times_s = loaded.placed("evaluator.times", "", [&] { return times_s(s); });
  simulation.monte_carlo = {s.evaluator.monte_carlo.images, s.evaluator.monte_carlo.instances};
  if (s.evaluator.race) {
    std::set<double> times;
    for (const Objective& o : s.objectives)
      if (can_be_raced(o)) times.insert(*figure_time_s(o.figure));
    simulation.race = evaluate::Race{s.evaluator.race->images, {times.begin(), times.end()}};
  }
  if (s.evaluator.confirm.images > 0)
    simulation.confirm = {s.evaluator.confirm.images, s.evaluator.confirm.instances};
  simulation.final = {s.evaluator.final.images, s.evaluator.final.instances};
  simulation.references = wants_references(s);
  return simulation;
}

Source simulated_source(const LoadedSettings& loaded, const std::shared_ptr<const spaces::Space>& space,
                        const evaluate::Chips& chips, const Places& places) {
  const Settings& s = loaded.settings;
  const auto reading = loaded.placed("normalise", "", [&] {
    return data::Reading{space->input(), data::parse_if_given(s.normalise, "'normalise'")};
  });
  Source source;
  Images images = load_images(loaded, s.data, reading);
  add_hashes(images, "", source);
  evaluate::SimulationSettings simulation = simulation_of(loaded, space, chips, std::move(images));
  const Networks networks = networks_of(loaded, space, simulation.calibration, places);
  simulation.weights = networks.weights;
  simulation.fine_tuned = networks.fine_tuned;

  source.network = networks.weights;
  source.fine_tuned = networks.fine_tuned;
  source.device = simulation.device;
  source.files = networks.files;
  source.evaluator = std::make_shared<const evaluate::SimulatedEvaluator>(std::move(simulation), chips);
  return source;
}

void check_command(const std::string& program) {
  const bool has_folder = program.find('/') != std::string::npos;
  if (has_folder ? !common::is_program(program) : !common::find_on_path(program))
    throw common::InputError("'" + program + "' is no program that can be executed" +
                             (has_folder ? "" : ": it is not on PATH; a file is written with a '/'"));
}

Source command_source(const LoadedSettings& loaded, const std::shared_ptr<const spaces::Space>& space,
                      const evaluate::Chips& chips) {
  const Settings& s = loaded.settings;
  loaded.placed("evaluator.command", "", [&] {
    check_command(s.evaluator.command.at(0));
    return 0;
  });
  evaluate::CommandSettings settings;
  settings.space = space;
  settings.command = s.evaluator.command;
  settings.figures = s.evaluator.figures;
  settings.device = config::device_of(chips.chip(chips.buildable()));
  settings.seed = static_cast<std::uint64_t>(s.seed);
  Source source;
  // A command that was changed answers differently: its files count by their content.
  for (std::size_t i = 0; i < settings.command.size(); ++i) {
    std::error_code error;
    if (std::filesystem::is_regular_file(settings.command[i], error))
      source.files["command[" + std::to_string(i) + "]"] = settings.command[i];
  }
  source.evaluator = std::make_shared<const evaluate::CommandEvaluator>(std::move(settings), chips);
  return source;
}

}  // namespace

Source given_source(const LoadedSettings& loaded, const std::vector<GivenNetwork>& given,
                    const evaluate::Chips& chips) {
  Source source;
  std::vector<evaluate::SeveralNetworks::Member> members;
  for (const GivenNetwork& one : given) {
    evaluate::SimulationSettings simulation = simulation_of(loaded, space_of({one}), chips, one.images);
    simulation.weights = [network = one.network](const spaces::Genes&) { return *network; };
    add_hashes(one.images, one.name, source);
    source.device = simulation.device;
    members.push_back({one.name, one.weight,
                       std::make_shared<const evaluate::SimulatedEvaluator>(std::move(simulation), chips)});
  }
  source.evaluator = members.size() == 1 ? members.front().evaluator
                                         : std::make_shared<const evaluate::SeveralNetworks>(
                                               std::move(members), loaded.settings.over_networks);
  return source;
}

Source load_source(const LoadedSettings& loaded, const std::shared_ptr<const spaces::Space>& space,
                   const evaluate::Chips& chips, const Places& places) {
  switch (loaded.settings.evaluator.kind) {
    case EvaluatorKind::Table:
      return table_source(loaded, space, chips);
    case EvaluatorKind::Command:
      return command_source(loaded, space, chips);
    case EvaluatorKind::Networks:
      throw common::InternalError("search: networks are given");
    case EvaluatorKind::Supernet:
    case EvaluatorKind::Train:
      return simulated_source(loaded, space, chips, places);
  }
  throw common::InternalError("search: unknown evaluator");
}

}  // namespace phasecore::search
