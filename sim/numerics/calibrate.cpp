// Static ranges of INT8 codes from float activations.
#include "sim/numerics/calibrate.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "common/diagnostics.hpp"
#include "models/graph/fold.hpp"
#include "models/graph/infer.hpp"
#include "sim/mapping/stages/recurrent.hpp"
#include "sim/numerics/kernel.hpp"
#include "sim/numerics/line_ranges.hpp"
#include "sim/numerics/partial_sums.hpp"
#include "sim/numerics/sizes.hpp"

namespace phasecore::numerics {
namespace {

/// A range of zero (a layer that is always 0) would make a step of zero, and one so small that a float cannot
/// hold 1 / step would make no codes: both count as 1, where numbers that small have code 0. They are 0 in
/// the digital unit's FP16, too.
float step_of(double range, int max_code) {
  const auto step = static_cast<float>(range / max_code);
  return std::isfinite(1.0f / step) ? step : static_cast<float>(1.0 / max_code);
}

int find_layer(const graph::Network& network, const std::string& name) {
  const int layer = network.find(name);
  common::ensure(layer >= 0, "numerics: the mapping names layer '" + name + "', which the network lacks");
  return layer;
}

}  // namespace

Calibration calibrate(const graph::FoldedNetwork& network, const mapping::Mapping& mapping,
                      const config::Chip& chip, const graph::Batch& images) {
  const int stages = static_cast<int>(mapping.stages.size());
  const int max_code = code_max(chip);
  std::map<std::string, double> ranges = network->ranges;

  const auto values_of = [&](int layer) {
    return graph::volume(network->layers[layer].shape) * images.samples;
  };
  std::map<int, Sizes> missing;  // by layer
  const auto want = [&](const std::string& name) {
    const int layer = find_layer(*network, name);
    if (ranges.count(name) == 0) missing.emplace(layer, Sizes(values_of(layer)));
  };
  want(mapping.input_name);
  // FP16 logits are never rounded to codes.
  for (int s = 0; s < stages - (chip.numbers.logits_fp16 ? 1 : 0); ++s)
    if (mapping.stages[s].as<mapping::RecurrentWork>() == nullptr) want(mapping.stages[s].range_name);

  PartialSumRanges partial(*network, mapping, images.samples);

  const int needed = missing.empty() ? (partial.empty() ? 0 : partial.images()) : images.samples;
  if (images.samples == 0 && !(missing.empty() && partial.empty()))
    throw common::InputError(
        "network '" + network->name +
        "' carries no ranges for all of its activations (phasecore.input_range.*), or has layers whose "
        "partial sums travel between cores: their ranges have to be measured, but there are no calibration "
        "images");
  const auto see = [&](int image, const std::vector<std::vector<float>>& values) {
    for (auto& [layer, sizes] : missing) sizes.add(values[layer].size(), values[layer].data());
    if (image < partial.images()) partial.see(values);
  };
  graph::for_each_sample(*network, images, needed, see);

  Calibration calibration;
  for (const auto& [layer, sizes] : missing) {
    const std::string& name = network->layers[layer].name;
    ranges[name] = sizes.range();
    if (sizes.not_finite() > 0)
      calibration.warnings.push_back(
          "layer '" + name + "': " + std::to_string(sizes.not_finite()) + " of " +
          std::to_string(values_of(layer)) +
          " float values on the calibration images are infinite or NaN; its range is "
          "that of the others");
  }
  for (int s = 0; s < stages; ++s)
    if (const auto state = partial.of_state(s)) ranges.insert({mapping.stages[s].range_name, *state});
  for (const auto& names : mapping.shared_ranges) {
    double largest = 0;
    for (const std::string& name : names)
      if (ranges.count(name) > 0) largest = std::max(largest, ranges[name]);
    for (const std::string& name : names)
      if (ranges.count(name) > 0) ranges[name] = largest;
  }
  calibration.input_step = step_of(ranges.at(mapping.input_name), max_code);
  for (int s = 0; s < stages; ++s) {
    const auto range = ranges.find(mapping.stages[s].range_name);
    calibration.output_step.push_back(range == ranges.end() ? 0.0f : step_of(range->second, max_code));
    auto& steps = calibration.partial_step.emplace_back();
    for (const double range_of_sums : partial.of(s))
      steps.push_back(step_of(range_of_sums, partial_max(chip)));
  }
  if (chip.adc.range == config::AdcRange::Calibrated)
    calibration.line_range = line_ranges(mapping, chip, calibration, images);
  return calibration;
}

}  // namespace phasecore::numerics
