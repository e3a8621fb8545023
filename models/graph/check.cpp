#include "models/graph/check.hpp"

#include <cmath>
#include <limits>
#include <set>

#include "common/table.hpp"
#include "models/graph/ops/input.hpp"

namespace phasecore::graph {
namespace {

/// The layers that `layer` reads exist and are as many as its operator takes; inputs come first.
void check_inputs(const std::vector<Layer>& earlier, const Layer& layer, Findings& findings) {
  const std::size_t expected = layer.op().arity();
  if (layer.inputs.size() != expected)
    findings.add("reads " + std::to_string(layer.inputs.size()) + " activations; must be " +
                 std::to_string(expected));
  for (int input : layer.inputs)
    if (input < 0 || input >= static_cast<int>(earlier.size()))
      findings.add("reads layer number " + std::to_string(input) + ", which is not an earlier one");
  if (earlier.empty() && !layer.is<Input>()) findings.add("the first layer must be an input");
  if (!earlier.empty() && layer.is<Input>() && !earlier.back().is<Input>())
    findings.add("an input must come before every other layer");
}

/// Empty while one of the sources has no shape.
Shape inferred(const std::vector<Layer>& earlier, const Layer& layer, Findings& findings) {
  std::vector<Source> sources;
  for (int input : layer.inputs) {
    sources.push_back({&earlier[input].name, &earlier[input].shape});
    if (sources.back().shape->empty()) return {};
  }
  Shape shape = layer.op().infer_shape(sources, findings);
  if (findings.ok() && bounded_volume(shape) > kMaxValues)
    findings.add("an output of shape " + to_string(shape) + " is too large; at most " +
                 std::to_string(kMaxValues) + " values");
  return shape;
}

void check_names(const Network& network, common::Diagnostics& diagnostics) {
  std::set<std::string> seen;
  for (const Layer& layer : network.layers) {
    if (layer.name.empty()) diagnostics.add(layer.where, label_of(layer) + ": has no name");
    if (!layer.name.empty() && !seen.insert(layer.name).second)
      diagnostics.add(layer.where, label_of(layer) + ": the name is used twice");
  }
  const std::vector<std::string> names(seen.begin(), seen.end());
  for (const auto& [name, range] : network.ranges) {
    if (seen.count(name) == 0)
      diagnostics.add(network.input().where,
                      "range of '" + name + "': there is no such layer" + common::did_you_mean(name, names));
    if (!(range > 0 && range <= std::numeric_limits<float>::max()))
      diagnostics.add(network.input().where, "range of '" + name + "': " + common::format_double(range) +
                                                 " must be a positive float");
  }
}

void check_outputs(const Network& network, common::Diagnostics& diagnostics) {
  const int count = static_cast<int>(network.layers.size());
  const common::Location& where = network.input().where;
  std::vector<bool> is_read(count, false);
  for (const Layer& layer : network.layers)
    for (int input : layer.inputs)
      if (input >= 0 && input < count) is_read[input] = true;
  if (network.outputs.empty()) diagnostics.add(where, "the network has no output");
  std::set<int> seen;
  for (int output : network.outputs) {
    if (output < 0 || output >= count) {
      diagnostics.add(where, "output " + std::to_string(output) + " is no layer");
      continue;
    }
    if (!seen.insert(output).second)
      diagnostics.add(where, label_of(network.layers[output]) + ": is an output twice");
    is_read[output] = true;
  }
  for (int i = 0; i < count; ++i)
    if (!is_read[i])
      diagnostics.add(network.layers[i].where,
                      label_of(network.layers[i]) + ": nobody reads it and it is no output");
}

}  // namespace

std::string label_of(const Layer& layer) {
  return "node '" + layer.name + "' (" + layer.op().name() + ")";
}

bool check_layer(const std::vector<Layer>& earlier, Layer& layer, common::Diagnostics& diagnostics) {
  Findings findings(diagnostics, layer.where, label_of(layer));
  check_inputs(earlier, layer, findings);
  layer.op().check(findings);
  layer.shape.clear();
  if (findings.ok()) layer.shape = inferred(earlier, layer, findings);
  if (!findings.ok()) layer.shape.clear();
  return !layer.shape.empty();
}

bool infer_shape(const std::vector<Layer>& earlier, Layer& layer, common::Diagnostics& diagnostics) {
  Findings findings(diagnostics, layer.where, label_of(layer));
  layer.shape = inferred(earlier, layer, findings);
  if (!findings.ok()) layer.shape.clear();
  return !layer.shape.empty();
}

Network build(Network draft) {
  common::Diagnostics diagnostics;
  if (draft.layers.empty()) throw common::InputError("the network has no layers");
  check_names(draft, diagnostics);
  std::vector<Layer> checked;
  checked.reserve(draft.layers.size());
  for (Layer& layer : draft.layers) {
    check_layer(checked, layer, diagnostics);
    checked.push_back(std::move(layer));
  }
  draft.layers = std::move(checked);
  check_outputs(draft, diagnostics);
  diagnostics.raise_if_any();
  return draft;
}

}  // namespace phasecore::graph
