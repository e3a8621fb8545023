#include "sim/session/infer.hpp"

#include "models/graph/fold.hpp"
#include "models/graph/ops/input.hpp"
#include "sim/mapping/mapping.hpp"
#include "sim/numerics/executor.hpp"
#include "sim/numerics/health.hpp"

namespace phasecore::session {
namespace {

/// What follows the logits (Softmax) is done by the host, exactly: the same layers as in the float network.
std::vector<float> apply_host_tail(const graph::Network& network, const mapping::Mapping& map, int samples,
                                   std::vector<float> logits) {
  if (map.host_tail.empty()) return logits;
  const graph::Layer& first = network.layers[network.find(map.host_tail.front())];
  const graph::Shape& shape = network.layers[first.inputs[0]].shape;
  graph::Network tail;
  tail.name = "host";
  tail.layers.emplace_back("logits", graph::Input(shape), std::vector<int>{});
  for (const auto& name : map.host_tail) {
    tail.layers.push_back(network.layers[network.find(name)]);
    tail.layers.back().inputs = {static_cast<int>(tail.layers.size()) - 2};
  }
  tail.outputs = {static_cast<int>(tail.layers.size()) - 1};
  return graph::infer(graph::build(tail), {samples, shape, std::move(logits)})[0].values;
}

}  // namespace

Inferred infer_on_chip(const graph::Network& network, const graph::Batch& input, const ChipInference& c) {
  graph::require_one_input(network, "the chip");
  const graph::FoldedNetwork folded = graph::fold(network);
  const mapping::Mapping map = mapping::map(folded, c.chip);
  const auto calibration = numerics::calibrate(folded, map, c.chip, c.calibration_images);
  Inferred result;
  result.warnings = calibration.warnings;
  const numerics::Executor executor(map, c.chip, c.device, calibration);
  auto states = executor.programmed(c.seed, c.instance, {c.time_s}, c.compensation);
  if (c.compensation == analog::Compensation::AdaBs)
    executor.recalibrate(states[0], folded, c.calibration_images);
  const std::vector<float> logits = executor.logits(states[0], input, c.first_image);
  numerics::Health health(map.stages.size());
  executor.logits(executor.ideal(), input, c.first_image, &health);
  for (const std::string& w : numerics::warnings(health, executor)) result.warnings.push_back(w);
  if (!numerics::all_finite(logits.data(), logits.size()))
    result.warnings.emplace_back("outputs on the chip are infinite or NaN");
  result.outputs = {input.samples, network.layers[network.outputs.front()].shape,
                    apply_host_tail(network, map, input.samples, logits)};
  return result;
}

}  // namespace phasecore::session
