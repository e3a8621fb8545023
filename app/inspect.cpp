// phasecore inspect: what a network is and how it sits on a chip, without simulating.
#include <fmt/format.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "app/command.hpp"
#include "common/json_text.hpp"
#include "common/table.hpp"
#include "common/text.hpp"
#include "models/graph/fold.hpp"
#include "sim/mapping/mapping.hpp"
#include "sim/session/models.hpp"

namespace phasecore::app {
namespace {

namespace po = boost::program_options;
using nlohmann::ordered_json;

/// Of the matrices that MVMs multiply with; a recurrent layer has two.
long long weights_of(const graph::Operator& op) {
  long long count = 0;
  for (const auto& tensor : op.tensors())
    if (tensor.start == graph::Start::HeNormal) count += graph::volume(tensor.values->shape);
  return count;
}

common::Table layer_table(const graph::Network& network) {
  common::Table table({{"layer", "layer"},
                       {"op", "op"},
                       {"input", "reads"},
                       {"shape", "output"},
                       {"weights", "weights"},
                       {"macs", "MACs"}});
  for (int i = 0; i < static_cast<int>(network.layers.size()); ++i) {
    const auto& layer = network.layers[i];
    std::string inputs;
    for (const int from : layer.inputs) inputs += (inputs.empty() ? "" : ", ") + network.layers[from].name;
    const long long weights = weights_of(layer.op());
    table.add_row({layer.name, layer.op().name(), inputs, graph::to_string(layer.shape),
                   weights > 0 ? common::Cell{weights} : common::Cell{},
                   weights > 0 ? common::Cell{graph::macs(network, i)} : common::Cell{}});
  }
  return table;
}

std::string cores_of(const mapping::Stage& stage) {
  const auto& submatrices = mapping::submatrices_of(stage);
  if (submatrices.empty()) return stage.core < 0 ? "host" : std::to_string(stage.core);
  std::string text;
  for (const auto& m : submatrices) text += (text.empty() ? "" : " ") + std::to_string(m.core);
  return text;
}

/// Places of an image at which a stage computes before it pools.
int positions_of(const mapping::Stage& stage) {
  const auto* mvm = stage.as<mapping::MvmWork>();
  return mvm != nullptr ? mvm->positions() : mapping::raster_of(stage.inputs.at(0).shape).pixels();
}

common::Table stage_table(const mapping::Mapping& map) {
  common::Table table({{"stage", "stage"},
                       {"op", "op"},
                       {"rows", "rows"},
                       {"cols", "columns"},
                       {"submatrices", "sub-matrices"},
                       {"mvms", "MVMs"},
                       {"macs", "MACs"},
                       {"cores", "cores"}});
  for (const auto& s : map.stages) {
    const auto* mvm = s.as<mapping::MvmWork>();
    const auto parts = static_cast<long long>(mapping::submatrices_of(s).size());
    table.add_row({s.name, s.op,
                   mvm != nullptr ? common::Cell{static_cast<long long>(mvm->rows)} : common::Cell{},
                   mvm != nullptr ? common::Cell{static_cast<long long>(mvm->cols)} : common::Cell{}, parts,
                   parts * positions_of(s), s.macs, cores_of(s)});
  }
  return table;
}

ordered_json to_json(const session::Model& model, const mapping::Mapping& map, const config::Chip& chip) {
  ordered_json j = {{"schema", "phasecore.inspect/1"},
                    {"model",
                     {{"name", model.network.name},
                      {"sha256", model.sha256},
                      {"input", model.network.input().shape},
                      {"parameters", graph::parameters(model.network)}}},
                    {"chip", chip.name},
                    {"mapping",
                     {{"cores_available", map.cores_available},
                      {"cores_used", map.cores_used},
                      {"utilization", map.utilization}}}};
  j["layers"] = ordered_json::array();
  for (int i = 0; i < static_cast<int>(model.network.layers.size()); ++i) {
    const auto& layer = model.network.layers[i];
    j["layers"].push_back({{"name", layer.name},
                           {"op", layer.op().name()},
                           {"shape", layer.shape},
                           {"macs", graph::macs(model.network, i)}});
  }
  j["stages"] = ordered_json::array();
  for (const auto& s : map.stages) {
    ordered_json parts = ordered_json::array();
    const auto* mvm = s.as<mapping::MvmWork>();
    for (const auto& m : mapping::submatrices_of(s))
      parts.push_back({{"rows", {m.row_begin, m.row_end}},
                       {"cols", {m.col_begin, m.col_end}},
                       {"hop", m.chain_position},
                       {"core", m.core}});
    j["stages"].push_back({{"name", s.name},
                           {"op", s.op},
                           {"rows", mvm != nullptr ? mvm->rows : 0},
                           {"cols", mvm != nullptr ? mvm->cols : 0},
                           {"macs", s.macs},
                           {"positions", positions_of(s)},
                           {"core", s.core >= 0 ? ordered_json(s.core) : ordered_json()},
                           {"submatrices", parts}});
  }
  return j;
}

}  // namespace

int run_inspect(const Arguments& arguments) {
  po::options_description options;
  options.add_options()("model", po::value<std::string>(), "the network: FILE.onnx or zoo:NAME")(
      "chip", po::value<std::string>()->default_value("hermes-mesh"), "shipped chip or FILE.yaml")(
      "set", po::value<std::vector<std::string>>()->composing(), "change a key of the chip")(
      "json", po::bool_switch(), "print one JSON document instead of tables");
  po::positional_options_description positional;
  positional.add("model", 1);
  po::variables_map values;
  if (parse(command("inspect"), arguments, options, positional, values)) return 0;
  if (values.count("model") == 0)
    throw common::InputError("no model given; usage: phasecore inspect MODEL [options]");
  const auto assignments =
      values.count("set") ? values["set"].as<std::vector<std::string>>() : std::vector<std::string>{};
  const config::Chip chip = config::load_chip(values["chip"].as<std::string>(), assignments);
  const session::Model model = session::load_model(values["model"].as<std::string>());
  note(model.notes);

  const mapping::Mapping map = mapping::map(graph::fold(model.network), chip);
  if (values["json"].as<bool>()) {
    std::cout << common::json_text(to_json(model, map, chip), 1) << "\n";
    return 0;
  }
  std::cout << fmt::format("{}: {} parameters, sha256 {}\n\n", common::printable(model.network.name),
                           graph::parameters(model.network), model.sha256)
            << layer_table(model.network).text() << "\n";
  std::cout << stage_table(map).text()
            << fmt::format("\nOn {}: {} of {} cores, {:.1f} % of their cells hold weights\n",
                           common::printable(chip.name), map.cores_used, map.cores_available,
                           100 * map.utilization);
  return 0;
}

}  // namespace phasecore::app
