#include "sim/budget/network_oracle.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/bytes.hpp"
#include "common/process/jobs.hpp"
#include "models/graph/fold.hpp"
#include "sim/mapping/mapping.hpp"
#include "sim/mapping/overrides.hpp"
#include "sim/mapping/stages/recurrent.hpp"

namespace phasecore::budget {
namespace {

double interval_ns(const run::Report& report) {
  return report.interval_ns;
}
double latency_ns(const run::Report& report) {
  return report.latency_ns;
}
double energy_nj(const run::Report& report) {
  return report.energy_nj;
}
double energy_steady_nj(const run::Report& report) {
  return report.energy_steady_nj;
}
double edp(const run::Report& report) {
  return report.energy_nj * report.latency_ns;
}
double cores_used(const run::Report& report) {
  return report.cores_used;
}

/// Between assignments of equal cost: the energy, or the time where the cost is the energy.
double second_cost(const run::Report& report, const Figure& first) {
  return first.of == energy_steady_nj ? report.interval_ns : report.energy_steady_nj;
}

/// One on which any network that may be looked at has its matrices one to one.
config::Chip widened(config::Chip chip) {
  chip.mapping.objective = config::Objective::OneToOne;
  chip.grid.columns = chip.grid.rows = 64;
  chip.layers.clear();
  chip.chips.reset();
  return chip;
}

/// Convolutions and Gemms about whose place the chip's file says nothing.
std::vector<Layer> free_layers(const graph::Network& network, const config::Chip& chip) {
  std::vector<Layer> layers;
  for (const mapping::Stage& stage : mapping::map(graph::fold(network), widened(chip)).stages) {
    const auto* mvm = stage.as<mapping::MvmWork>();
    if (mvm == nullptr || stage.as<mapping::RecurrentWork>() != nullptr) continue;
    if (!mapping::said_digital(chip, stage.name)) layers.push_back({stage.name, stage.op, stage.macs});
  }
  return layers;
}

data::Dataset first_of(const data::Dataset& set, int images) {
  data::Dataset few = set;
  images = std::min(images, set.size());
  few.images.resize(set.images.size() / static_cast<std::size_t>(set.size()) *
                    static_cast<std::size_t>(images));
  few.labels.resize(static_cast<std::size_t>(images));
  return few;
}

}  // namespace

const std::vector<Figure>& figures() {
  static const std::vector<Figure> all = {
      {"interval_ns", "time between images in steady state", interval_ns},
      {"latency_ns", "one image in an empty chip", latency_ns},
      {"energy_nj", "energy of one image in an otherwise empty chip", energy_nj},
      {"energy_steady_nj", "energy per image at full pipeline", energy_steady_nj},
      {"edp", "energy_nj * latency_ns", edp},
      {"cores_used", "cores that the mapping takes", cores_used}};
  return all;
}

const Figure& figure(const std::string& name) {
  std::string known;
  for (const Figure& f : figures()) {
    if (name == f.name) return f;
    known += (known.empty() ? "" : ", ") + std::string(f.name);
  }
  throw common::InputError("--cost is '" + name + "'; allowed are " + known);
}

const Figure& figure_of(config::Objective objective) {
  switch (objective) {
    case config::Objective::Latency:
      return figure("latency_ns");
    case config::Objective::Energy:
      return figure("energy_steady_nj");
    case config::Objective::Cores:
      return figure("cores_used");
    case config::Objective::OneToOne:
    case config::Objective::Throughput:
      break;
  }
  return figure("interval_ns");
}

NetworkOracle::NetworkOracle(Question question, run::ChipRunner& chips)
    : question_(std::move(question)), chips_(chips) {
  config::Chip& chip = question_.chip;
  if (!(chip.digital.macs_per_cycle > 0))
    throw common::InputError(
        fmt::format("chip '{}' computes no layers digitally: its digital.macs_per_cycle is 0", chip.name));
  if (question_.digital_cores && *question_.digital_cores > chip.cores())
    throw common::InputError(fmt::format("--digital-cores is {}; chip '{}' has {} cores",
                                         *question_.digital_cores, chip.name, chip.cores()));
  chip.mapping.digital = config::DigitalLayers::Given;
  layers_ = free_layers(question_.network, chip);
  if (layers_.empty())
    throw common::InputError(
        "no layer may be chosen: the chip's `layers` say of all convolutions and Gemms "
        "whether they are digital, or there are none");
}

config::Chip NetworkOracle::chip(const Assignment& digital) const {
  config::Chip chip = question_.chip;
  std::vector<std::size_t> chosen;
  for (std::size_t l = 0; l < layers_.size(); ++l)
    if (digital[l]) chosen.push_back(l);
  std::stable_sort(chosen.begin(), chosen.end(),
                   [&](std::size_t a, std::size_t b) { return layers_[a].macs > layers_[b].macs; });
  std::vector<long long> work(static_cast<std::size_t>(question_.digital_cores.value_or(0)), 0);
  for (const std::size_t l : chosen) {
    config::LayerOverride entry;
    entry.digital = true;
    if (!work.empty()) {
      const auto idlest = std::min_element(work.begin(), work.end());
      *idlest += layers_[l].macs;
      entry.cores = std::to_string(idlest - work.begin());
    }
    chip.layers.emplace_back(layers_[l].name, std::move(entry));
  }
  return chip;
}

run::Report NetworkOracle::timing(const Assignment& digital) const {
  run::Options options;
  options.engine = run::Engine::Analytic;
  return run::simulate(question_.network, chip(digital), question_.device, nullptr, options, chips_);
}

std::vector<std::optional<Cost>> NetworkOracle::costs(const std::vector<Assignment>& digital) const {
  const auto cost = [&](std::size_t i) {
    std::optional<Cost> found;
    try {
      const run::Report report = timing(digital[i]);
      found = Cost{question_.cost->of(report), second_cost(report, *question_.cost)};
    } catch (const common::InputError&) {
      // It has none: its weights do not fit the memory, say.
    }
    return common::to_bytes(found);
  };
  std::vector<std::optional<Cost>> all;
  for (const std::string& bytes : process::run_jobs(digital.size(), question_.options.workers, cost))
    common::from_bytes(bytes, "a cost", all.emplace_back());
  return all;
}

std::string NetworkOracle::reference(const run::Data& data) const {
  run::Options options = question_.options;
  options.engine = run::Engine::Analytic;
  options.accuracy.times_s = {question_.budget.time_s};
  options.accuracy.layer_figures = false;
  options.accuracy.instances = 1;
  const Assignment all(layers_.size(), true);
  const config::Chip of = costs({all}).front() ? chip(all) : widened(question_.chip);
  return run::simulate(question_.network, of, question_.device, &data, options, chips_)
      .accuracy->result.quantized_right;
}

run::Report NetworkOracle::measured(const Assignment& digital, const run::Data& data,
                                    const std::string& reference, std::uint64_t seed) const {
  run::Options options = question_.options;
  options.engine = run::Engine::Analytic;
  options.seed = seed;
  options.accuracy.times_s = {question_.budget.time_s};
  options.accuracy.layer_figures = false;
  options.accuracy.reference = reference;
  return run::simulate(question_.network, chip(digital), question_.device, &data, options, chips_);
}

Shortfall NetworkOracle::shortfall(const Assignment& digital) {
  if (reference_.empty()) reference_ = reference(question_.data);
  const run::Report report = measured(digital, question_.data, reference_, question_.options.seed);
  return budget::shortfall(question_.budget, report.accuracy->result.points.front());
}

std::vector<monte_carlo::LayerDegradation> NetworkOracle::alone(int images, int instances) const {
  run::Options options = question_.options;
  options.engine = run::Engine::Analytic;
  options.accuracy.times_s = {question_.budget.time_s};
  options.accuracy.layer_figures = true;
  options.accuracy.layer_time_s = question_.budget.time_s;
  options.accuracy.layer_samples = images;
  options.accuracy.instances = options.accuracy.layer_instances = instances;
  const run::Data few{first_of(question_.data.test, images), question_.data.calibration};
  const Assignment analog(layers_.size(), false);
  const config::Chip of = costs({analog}).front() ? chip(analog) : widened(question_.chip);
  const run::Report report = run::simulate(question_.network, of, question_.device, &few, options, chips_);
  std::vector<monte_carlo::LayerDegradation> all;
  for (const Layer& layer : layers_)
    for (const run::LayerReport& l : report.layers)
      if (l.name == layer.name && l.degradation) all.push_back(*l.degradation);
  common::ensure(all.size() == layers_.size(), "budget: a layer without its figures");
  return all;
}

}  // namespace phasecore::budget
