// phasecore map: the mapping compiler alone, and the mapping as a file.
#include <fmt/format.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "app/budget.hpp"
#include "app/command.hpp"
#include "common/files.hpp"
#include "common/json_text.hpp"
#include "common/text.hpp"
#include "models/graph/fold.hpp"
#include "sim/mapping/as_file.hpp"
#include "sim/mapping/closed_form.hpp"
#include "sim/report/mapping.hpp"
#include "sim/session/models.hpp"

namespace phasecore::app {
namespace {

namespace po = boost::program_options;
using common::Picoseconds;

double us(Picoseconds time) {
  return static_cast<double>(time) * 1e-6;
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
  std::cout << (json
                    ? common::json_text(
                          nlohmann::ordered_json{{"schema", "phasecore.map/1"}, {"budget", chosen.json}}, 1) +
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
  note(model.notes);
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
  const mapping::Mapped mapped(network, chip);
  if (values.count("out"))
    common::write_file_atomically(values["out"].as<std::string>(),
                                  common::dump_fields(mapping::as_file(mapped.map, chip)));
  const auto more = mapping::with_one_core_more(network, chip, mapped);
  if (values["json"].as<bool>()) {
    nlohmann::ordered_json document = report::to_json(mapped, chip, more);
    if (chosen) document["budget"] = chosen->json;
    std::cout << common::json_text(document, 1) << "\n";
    return 0;
  }
  if (chosen) std::cout << chosen->text << "\n";
  std::cout << report::stage_table(mapped).text()
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
