// phasecore map: the mapping compiler alone, and the mapping as a file.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iostream>
#include <nlohmann/json.hpp>
#include <numeric>

#include "app/budget.hpp"
#include "app/command.hpp"
#include "common/files.hpp"
#include "common/json_text.hpp"
#include "common/table.hpp"
#include "common/text.hpp"
#include "models/graph/fold.hpp"
#include "sim/mapping/as_file.hpp"
#include "sim/mapping/build_program.hpp"
#include "sim/mapping/load.hpp"
#include "sim/mapping/placement.hpp"
#include "sim/mapping/stages/recurrent.hpp"
#include "sim/session/models.hpp"

namespace phasecore::app {
namespace {

namespace po = boost::program_options;
using common::Picoseconds;
using nlohmann::ordered_json;

/// A mapping with the closed form of its times.
struct Mapped {
  Mapped(const graph::FoldedNetwork& network, const config::Chip& chip)
      : map(mapping::map(network, chip)),
        built(mapping::build_program(map, chip)),
        loads(mapping::loads(built.program, chip.cores())) {}

  bool is_pipelined() const { return built.waves.empty(); }

  bool has_loops() const {
    return std::any_of(map.stages.begin(), map.stages.end(), [](const mapping::Stage& stage) {
      return stage.as<mapping::RecurrentWork>() != nullptr;
    });
  }

  Picoseconds interval_ps() const {
    return is_pipelined() ? loads.interval_ps() : mapping::interval_of_waves(built.program, built.waves);
  }

  /// In which waves a layer that is not pipelined runs, counted from 1: the first and the last; nothing if
  /// the host does it.
  std::optional<std::array<int, 2>> waves_of(int stage) const {
    std::optional<std::array<int, 2>> waves;
    for (int wave = 0; wave < static_cast<int>(built.waves.size()); ++wave)
      for (const int task : built.waves[wave])
        if (built.tasks[task].stage == stage) waves = {waves ? waves->front() : wave + 1, wave + 1};
    return waves;
  }

  /// What a stage's share of an image takes: that of the core that has most of it, or in each wave.
  Picoseconds time_of(int stage) const {
    std::vector<std::vector<int>> waves = built.waves;
    if (is_pipelined()) {
      waves.emplace_back(built.tasks.size());
      std::iota(waves[0].begin(), waves[0].end(), 0);
    }
    for (std::vector<int>& wave : waves)
      wave.erase(std::remove_if(wave.begin(), wave.end(),
                                [&](int task) {
                                  return built.tasks[task].stage != stage ||
                                         built.tasks[task].role != mapping::TaskRole::Core;
                                }),
                 wave.end());
    return mapping::interval_of_waves(built.program, waves);
  }

  /// The layers on the busiest core.
  std::string bound() const {
    std::vector<std::string> layers;
    for (const program::Task& task : built.program.tasks) {
      const std::string& layer = built.program.layers[task.layer];
      if (task.core == loads.busiest && std::find(layers.begin(), layers.end(), layer) == layers.end())
        layers.push_back(layer);
    }
    std::string text;
    for (const std::string& layer : layers) text += (text.empty() ? "" : " and ") + layer;
    return text;
  }

  mapping::Mapping map;
  mapping::BuiltProgram built;
  mapping::Loads loads;
};

double us(Picoseconds time) {
  return static_cast<double>(time) * 1e-6;
}

std::vector<int> cores_of(const mapping::Stage& stage) {
  std::vector<int> cores;
  for (const mapping::SubMatrix& part : mapping::submatrices_of(stage)) cores.push_back(part.core);
  if (cores.empty() && stage.core >= 0) cores.push_back(stage.core);
  return cores;
}

std::string waves_text(const std::optional<std::array<int, 2>>& waves) {
  if (!waves) return "-";
  const auto [first, last] = *waves;
  return first == last ? std::to_string(first) : fmt::format("{}-{}", first, last);
}

constexpr int kWaveColumn = 2;  ///< where layers run in waves

common::Table stage_table(const Mapped& mapped) {
  std::vector<common::Column> columns = {{"layer", "layer"},
                                         {"op", "op"},
                                         {"matrix", "matrix"},
                                         {"tile", "tile"},
                                         {"replicas", "replicas"},
                                         {"cores", "cores"},
                                         {"time_us", "us per image", 2},
                                         {"of_interval_percent", "of interval %", 0},
                                         {"places", "on cores"}};
  if (!mapped.is_pipelined()) columns.insert(columns.begin() + kWaveColumn, {"waves", "waves"});
  common::Table table(columns);
  for (int s = 0; s < static_cast<int>(mapped.map.stages.size()); ++s) {
    const mapping::Stage& stage = mapped.map.stages[s];
    const mapping::MvmWork* mvm = mapping::in_crossbars(stage);
    const std::vector<int> cores = cores_of(stage);
    const auto matrix = mvm != nullptr ? fmt::format("{}x{}", mvm->tile_rows(), mvm->tile_cols()) : "-";
    const auto tile =
        mvm != nullptr ? fmt::format("{}x{}", mvm->sharing.tile_h, mvm->sharing.tile_w) : std::string("-");
    const Picoseconds time = mapped.time_of(s), interval = mapped.interval_ps();
    std::vector<common::Cell> row = {
        stage.name,
        stage.op,
        matrix,
        tile,
        mvm != nullptr ? common::Cell{static_cast<long long>(mvm->sharing.replicas)} : common::Cell{},
        static_cast<long long>(cores.size()),
        us(time),
        interval > 0 ? 100.0 * static_cast<double>(time) / static_cast<double>(interval) : 0.0,
        cores.empty() ? "host" : mapping::core_text(cores)};
    if (!mapped.is_pipelined()) {
      row.insert(row.begin() + kWaveColumn, waves_text(mapped.waves_of(s)));
    }
    table.add_row(row);
  }
  return table;
}

/// What the compiler would make of one core more; nothing where that is no question of cores.
std::optional<Picoseconds> with_one_core_more(const graph::FoldedNetwork& network, config::Chip chip,
                                              const Mapped& mapped) {
  if (chip.mapping.objective == config::Objective::OneToOne) return std::nullopt;
  const int cores = chip.mapping.max_cores.value_or(chip.cores());
  chip.mapping.max_cores = std::max(cores, mapped.map.cores_used) + 1;
  chip.grid.rows += 1;
  try {
    return Mapped(network, chip).interval_ps();
  } catch (const common::InputError&) {
    return std::nullopt;  // its buffers do not fit, say
  }
}

ordered_json to_json(const Mapped& mapped, const config::Chip& chip, std::optional<Picoseconds> more) {
  ordered_json j = {{"schema", "phasecore.map/1"},
                    {"network", mapped.map.network},
                    {"chip", chip.name},
                    {"cores_available", mapped.map.cores_available},
                    {"cores_used", mapped.map.cores_used},
                    {"utilization", mapped.map.utilization},
                    {"schedule", config::name_of(chip.mapping.schedule)},
                    {"closed_form_interval_ns", us(mapped.interval_ps()) * 1e3},
                    {"busiest_core", mapped.loads.busiest},
                    {"bound_by", mapped.is_pipelined() ? ordered_json(mapped.bound()) : ordered_json()},
                    {"one_core_more_interval_ns", more ? ordered_json(us(*more) * 1e3) : ordered_json()}};
  j["layers"] = ordered_json::array();
  for (int s = 0; s < static_cast<int>(mapped.map.stages.size()); ++s) {
    const mapping::Stage& stage = mapped.map.stages[s];
    const mapping::MvmWork* mvm = mapping::in_crossbars(stage);
    ordered_json layer = {{"name", stage.name}, {"op", stage.op}};
    if (mvm != nullptr) {
      layer["tile"] = {mvm->sharing.tile_h, mvm->sharing.tile_w};
      layer["replicas"] = mvm->sharing.replicas;
      layer["matrix"] = {mvm->tile_rows(), mvm->tile_cols()};
      layer["submatrices"] = mvm->per_replica();
      if (!mvm->pool_cut.is_none()) layer["pool_cut"] = {mvm->pool_cut.h, mvm->pool_cut.w};
    }
    layer["cores"] = cores_of(stage);
    layer["time_ns"] = us(mapped.time_of(s)) * 1e3;
    if (const auto waves = mapped.waves_of(s)) layer["waves"] = *waves;
    j["layers"].push_back(std::move(layer));
  }
  return j;
}

po::options_description map_options() {
  po::options_description options;
  options.add_options()("model", po::value<std::string>(), "the network: FILE.onnx or zoo:NAME")(
      "chip", po::value<std::string>()->default_value("hermes-mesh"), "shipped chip or FILE.yaml")(
      "set", po::value<std::vector<std::string>>()->composing(),
      "change a key of the chip: --set mapping.objective=throughput")(
      "mapping", po::value<std::string>(), "a mapping file that --out has written, edited or not")(
      "out", po::value<std::string>(), "write the mapping as a file for --mapping")(
      "json", po::bool_switch(), "print one JSON document instead of the table");
  options.add(budget_options());
  return options;
}

/// Nothing is written, but what was measured is shown.
int refuse_budget(const LayersChosen& chosen, bool json) {
  std::cout << (json ? common::json_text(ordered_json{{"schema", "phasecore.map/1"}, {"budget", chosen.json}},
                                         1) +
                           "\n"
                     : chosen.text);
  return static_cast<int>(common::ExitCode::CheckFailed);
}

}  // namespace

int run_map(const Arguments& arguments) {
  po::positional_options_description positional;
  positional.add("model", 1);
  po::variables_map values;
  if (parse(command("map"), arguments, map_options(), positional, values)) return 0;
  if (values.count("model") == 0)
    throw common::InputError("no model given; usage: phasecore map MODEL [options]");
  check_budget_options(values);
  std::optional<run::ChipRunner> chips;
  if (values.count("budget")) chips.emplace();  // forks its small template process before anything grows
  const auto assignments =
      values.count("set") ? values["set"].as<std::vector<std::string>>() : std::vector<std::string>{};
  config::Chip chip = config::load_chip(values["chip"].as<std::string>(), assignments);
  const session::Model model = session::load_model(values["model"].as<std::string>());
  std::vector<std::string> inputs = session::settings_read(values["chip"].as<std::string>(), chip);
  if (values.count("mapping")) {
    inputs.push_back(values["mapping"].as<std::string>());
    session::refuse_objective(assignments);
    chip =
        config::with_mapping(std::move(chip), config::load_mapping_file(inputs.back()), model.network.name);
  }
  if (const auto file = session::model_file(values["model"].as<std::string>())) inputs.push_back(*file);
  const bool edits = values.count("out") > 0 && values.count("mapping") > 0 &&
                     values["out"].as<std::string>() == values["mapping"].as<std::string>();
  if (values.count("out") > 0 && !edits) common::check_output(values["out"].as<std::string>(), inputs);
  std::optional<LayersChosen> chosen;
  if (chips) {
    chosen = choose_layers(values, chip, model, *chips);
    if (!chosen->is_kept) return refuse_budget(*chosen, values["json"].as<bool>());
    chip = chosen->chip;
  }
  const graph::FoldedNetwork network = graph::fold(model.network);
  const Mapped mapped(network, chip);
  if (values.count("out"))
    common::write_file_atomically(values["out"].as<std::string>(),
                                  common::dump_fields(mapping::as_file(mapped.map, chip)));
  const auto more = with_one_core_more(network, chip, mapped);
  if (values["json"].as<bool>()) {
    ordered_json document = to_json(mapped, chip, more);
    if (chosen) document["budget"] = chosen->json;
    std::cout << common::json_text(document, 1) << "\n";
    return 0;
  }
  if (chosen) std::cout << chosen->text << "\n";
  std::cout << stage_table(mapped).text()
            << fmt::format("\n{} on {}: {} of {} cores, {:.1f} % of their cells hold weights\n",
                           common::printable(mapped.map.network), common::printable(chip.name),
                           mapped.map.cores_used, mapped.map.cores_available, 100 * mapped.map.utilization)
            << fmt::format("Interval by the closed form {:.2f} us, ", us(mapped.interval_ps()));
  if (mapped.is_pipelined())
    std::cout << fmt::format("bound by core {} ({})\n", mapped.loads.busiest,
                             common::printable(mapped.bound()));
  else
    std::cout << fmt::format("schedule {}: {} waves\n", config::name_of(chip.mapping.schedule),
                             mapped.built.waves.size());
  if (mapped.has_loops())
    std::cout << "Its recurrent layers wait for their own steps, which the closed form does not know: a "
                 "lower bound\n";
  if (more) std::cout << fmt::format("One core more: {:.2f} us\n", us(*more));
  if (values.count("out"))
    std::cout << "Written: " << common::printable(values["out"].as<std::string>())
              << " (read it with --mapping)\n";
  return 0;
}

}  // namespace phasecore::app
