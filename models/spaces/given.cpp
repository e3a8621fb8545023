#include "models/spaces/given.hpp"

#include <algorithm>
#include <limits>

namespace phasecore::spaces {
namespace {

Settings settings_of(const graph::Network& network) {
  graph::require_one_input(network, "a search");
  Settings settings;
  settings.kind = "network";
  settings.input = network.layers.front().shape;
  settings.classes = network.layers.at(network.outputs.at(0)).shape.front();
  settings.max_parameters = std::numeric_limits<int>::max();
  settings.max_macs = std::numeric_limits<double>::max();
  if (settings.input.size() != 3)
    throw common::InputError("network '" + network.name + "' takes " + graph::to_string(settings.input) +
                             "; a search measures networks of images, channels x height x width");
  return settings;
}

}  // namespace

Given::Given(graph::Network network, const std::string& name)
    : Space(settings_of(network), {Gene::categorical("network", "the one that is given", {name})}),
      network_(std::move(network)) {}

Cost Given::cost(const Genes&) const {
  Cost cost;
  cost.parameters = graph::parameters(network_);
  std::vector<int> depths;
  for (std::size_t l = 0; l < network_.layers.size(); ++l) {
    const long long macs = graph::macs(network_, static_cast<int>(l));
    cost.macs += macs;
    int depth = 0;
    for (const int input : network_.layers[l].inputs) depth = std::max(depth, depths[input]);
    depths.push_back(depth + (macs > 0 ? 1 : 0));
    cost.depth = std::max(cost.depth, depths.back());
  }
  return cost;
}

}  // namespace phasecore::spaces
