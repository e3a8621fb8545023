#include "nas/search/digital_layers.hpp"

#include <algorithm>

#include "common/units.hpp"
#include "sim/analog/compensation.hpp"
#include "sim/budget/network_oracle.hpp"

namespace phasecore::search {
namespace {

constexpr double kDay = 86400;

double time_of_interest_s(const Settings& s) {
  for (const Objective& o : s.objectives)
    if (const auto time = figure_time_s(o.figure)) return *time;
  return kDay;
}

budget::Question question(const Settings& s, const GivenNetwork& given, const run::Data& data) {
  budget::Question q{*given.network, config::load_chip(s.chip, s.chip_set), {}, data, {}, nullptr, {}, {}};
  if (s.device) q.chip.use_device(*s.device);
  q.device = config::device_of(q.chip);
  q.budget.time_s = time_of_interest_s(s);
  q.budget.time = common::format_duration(q.budget.time_s);
  q.cost = &budget::figure_of(q.chip.mapping.objective);
  q.options.seed = static_cast<std::uint64_t>(s.seed);
  q.options.accuracy.compensation = analog::parse_compensation(s.compensation);
  return q;
}

ChipGene gene_of(const budget::Layer& layer) {
  return {"layers.\"" + layer.name + "\".digital", {"false", "true"}, false};
}

}  // namespace

DigitalLayers digital_layers(const LoadedSettings& loaded, const GivenNetwork& given) {
  const DigitalLayerSettings& asked = *loaded.settings.digital_layers;
  const run::Data data{given.images.validation, given.images.calibration};
  run::ChipRunner chips;
  budget::NetworkOracle layers(question(loaded.settings, given, data), chips);
  budget::Oracle oracle;
  for (const auto& alone : layers.alone(asked.images, asked.instances))
    oracle.alone_pp.push_back(alone.alone_pp.mean);
  oracle.costs = [&](const std::vector<budget::Assignment>& all) { return layers.costs(all); };
  DigitalLayers found;
  for (const budget::Layer& layer : layers.layers()) found.genes.push_back(gene_of(layer));
  for (const budget::Step& step : budget::chain(oracle))
    found.chain.emplace_back(step.digital.begin(), step.digital.end());
  return found;
}

}  // namespace phasecore::search
