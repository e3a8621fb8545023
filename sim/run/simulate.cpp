#include "sim/run/simulate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <map>
#include <numeric>
#include <utility>

#include "common/units.hpp"
#include "models/graph/fold.hpp"
#include "sim/analytic/analytic.hpp"
#include "sim/mapping/build_program.hpp"
#include "sim/numerics/executor.hpp"
#include "sim/program/deadlock.hpp"
#include "sim/run/account.hpp"
#include "sim/run/bounds.hpp"
#include "sim/run/functional.hpp"
#include "sim/run/work.hpp"

namespace phasecore::run {
namespace {

using common::ns_from_ps;
using program::Activity;

struct Timing {
  mapping::BuiltProgram built;
  program::Platform platform;
  SteadyRun run;  ///< of `steady`
  Activity single, steady;
  SteadyInterval interval;
};

std::int64_t firings_of(const program::Program& program) {
  std::int64_t firings = 0;
  for (const program::Task& task : program.tasks)
    if (task.core != program::kHost) firings += task.firings;
  return firings;
}

/// One image, and several back to back, on the SystemC chip.
void run_chip(Timing& t, const Options& options, ChipRunner& chips) {
  const program::Program& program = t.built.program;
  const std::int64_t once = firings_of(program), all = (1 + t.run.images) * once;
  const auto from = [&](std::int64_t before) -> OnFirings {
    if (!options.on_firings) return {};
    return [&options, before, all](std::int64_t ended) { options.on_firings(before + ended, all); };
  };
  const bool one = options.trace_images == 1;
  t.single = chips.run(t.platform, program, 1, {one ? options.trace_path : "", from(0)});
  const bool extrapolate = options.extrapolate && !options.functional && options.trace_path.empty();
  t.steady = chips.run(t.platform, program, t.run.images, {"", from(once), extrapolate});
  if (options.on_firings) options.on_firings(all, all);
  if (!one) chips.run(t.platform, program, options.trace_images, {options.trace_path, {}});
}

Timing run_timing(const mapping::Mapping& map, const config::Chip& chip, const Options& options,
                  ChipRunner& chips) {
  Timing t;
  const auto fabric = fabric::make(chip);
  t.built = mapping::build_program(map, chip, *fabric);
  t.platform = fabric->platform();
  t.platform.units = t.built.units;
  const auto& program = t.built.program;
  const Picoseconds busiest = analytic::interval_bound(program, t.platform);
  Activity single = analytic::run(program, t.platform, 1);
  t.run = steady_run(single.image_end_ps.front(), busiest, program::images_ahead(program));
  Activity steady = analytic::run(program, t.platform, t.run.images);
  const Picoseconds least = least_interval(steady, busiest, t.run.draining);
  if (options.engine == Engine::Analytic) {
    t.single = std::move(single);
    t.steady = std::move(steady);
  } else {
    run_chip(t, options, chips);
    check_bounds(t.single, single, busiest);
    check_bounds(t.steady, steady, busiest);
  }
  t.interval = steady_interval(t.steady, least, t.run.draining);
  return t;
}

template <class T, class U>
bool contains(const std::vector<T>& all, const U& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

/// What the chip file says, less what its lines model after all, and what follows from the way it is read.
std::vector<std::string> not_modelled(const config::Chip& chip) {
  std::vector<std::string> names;
  for (const auto& name : chip.not_modelled)
    if (name != "polarity_saturation" || !chip.crossbar.line_limit) names.push_back(name);
  if (chip.crossbar.read_mode == config::ReadMode::OnePhase && chip.crossbar.polarity_error == 0)
    names.emplace_back("one_phase_polarity_asymmetry");
  return names;
}

EnergyNj to_nj(const EnergySplit& split) {
  EnergyNj nj{};
  for (int c = 0; c < program::kComponents; ++c) nj[c] = common::nj_from_aj(split[c]);
  return nj;
}

/// MACs per layer. Both runs did what the network asks for, and more only where tiles are cut off at an edge.
std::vector<std::int64_t> checked_macs(const mapping::Mapping& map, const Timing& t) {
  const auto& program = t.built.program;
  std::vector<std::int64_t> wanted(program.layers.size(), 0);
  std::vector<std::int64_t> macs = wanted;
  for (std::size_t s = 0; s < map.stages.size(); ++s) {
    const auto* mvm = mapping::in_crossbars(map.stages[s]);
    macs[s] = map.stages[s].macs;
    wanted[s] = mvm != nullptr && mvm->is_shared() ? mvm->executed_macs() : macs[s];
  }
  count_macs(program, t.steady, t.run.images, wanted);
  count_macs(program, t.single, 1, wanted);
  return macs;
}

/// `measured`: in fully-on devices, per stage; empty unless the chip's ranges are calibrated.
void report_adc_ranges(const mapping::Mapping& map, const config::Chip& chip, const config::Device& device,
                       const std::vector<double>& measured, std::vector<LayerReport>& layers) {
  const bool known = chip.adc.range == config::AdcRange::Bound || !measured.empty();
  for (std::size_t s = 0; known && s < map.stages.size(); ++s) {
    const mapping::MvmWork* mvm = mapping::in_crossbars(map.stages[s]);
    if (mvm == nullptr) continue;
    const analog::Converter converter =
        analog::make_converter(chip, device, mvm->adc_bits, measured.empty() ? 0 : measured[s]);
    layers[s].adc_range_ua = converter.full_scale * chip.crossbar.read_voltage_v * device.g_max_us;
  }
}

std::vector<LayerReport> report_layers(const mapping::Mapping& map, const Timing& t, const EnergyBooks& books,
                                       const std::vector<std::int64_t>& macs) {
  const auto& program = t.built.program;
  std::vector<LayerReport> layers(program.layers.size());
  std::vector<bool> started(layers.size(), false);
  for (std::size_t s = 0; s < map.stages.size(); ++s) {
    const mapping::Stage& stage = map.stages[s];
    layers[s].op = stage.op;
    if (const auto* mvm = stage.as<mapping::MvmWork>()) {
      layers[s].rows = mvm->rows;
      layers[s].cols = mvm->cols;
      layers[s].submatrices = mvm->per_replica();
      layers[s].tile_h = mvm->sharing.tile_h;
      layers[s].tile_w = mvm->sharing.tile_w;
      layers[s].replicas = mvm->sharing.replicas;
    }
  }
  for (std::size_t l = 0; l < layers.size(); ++l) {
    layers[l].name = program.layers[l];
    layers[l].macs = macs[l];
    layers[l].energy_nj = to_nj(books.layers[l]);
  }
  layers.back().op = "shared";
  for (std::size_t i = 0; i < program.tasks.size(); ++i) {
    const program::Task& task = program.tasks[i];
    if (t.built.tasks[i].stage < 0) continue;
    LayerReport& layer = layers[task.layer];
    const auto& activity = t.single.tasks[i];
    if (activity.firings > 0) {
      const double start = ns_from_ps(activity.first_start_ps), end = ns_from_ps(activity.last_end_ps);
      layer.start_ns = started[task.layer] ? std::min(layer.start_ns, start) : start;
      layer.end_ns = started[task.layer] ? std::max(layer.end_ns, end) : end;
      started[task.layer] = true;
    }
    if (task.kind == program::TaskKind::Mvm) layer.mvms += activity.firings;
    if (task.core == program::kHost) continue;
    if (contains(layer.cores, task.core)) continue;  // with another of its tasks
    layer.cores.push_back(task.core);
    const auto& core = t.single.cores[task.core];
    layer.busy_ns += ns_from_ps(core.busy_ps);
    for (int c = 0; c < program::kStalls; ++c) layer.stalled_ns[c] += ns_from_ps(core.stalled_ps[c]);
  }
  for (auto& layer : layers) {
    layer.latency_ns = layer.end_ns - layer.start_ns;
    std::sort(layer.cores.begin(), layer.cores.end());
  }
  return layers;
}

std::array<double, kPowerStates> to_nj(const CorePower& power) {
  std::array<double, kPowerStates> nj{};
  for (int s = 0; s < kPowerStates; ++s) nj[s] = common::nj_from_aj(power.energy[s]);
  return nj;
}

PowerReport report_power(const EnergyBooks& books) {
  PowerReport report;
  CorePower all;
  for (const CorePower& core : books.power) {
    for (int s = 0; s < kPowerStates; ++s) all.energy[s] += core.energy[s];
    report.wakes += core.wakes;
  }
  report.energy_nj = to_nj(all);
  report.routers_nj = common::nj_from_aj(books.routers);
  for (std::size_t i = 0; i < kIdlePowersMw.size(); ++i)
    report.with_idle_power_nj[i] = common::nj_from_aj(books.with_idle_power[i]);
  report.least_nj = common::nj_from_aj(books.least);
  return report;
}

std::vector<CoreReport> report_cores(const Timing& t, const EnergyBooks& books, const EnergyBooks& steady) {
  const auto& program = t.built.program;
  std::vector<CoreReport> cores(t.single.cores.size());
  for (std::size_t id = 0; id < cores.size(); ++id) {
    const auto& activity = t.single.cores[id];
    CoreReport& core = cores[id];
    core.id = static_cast<int>(id);
    core.chip = t.platform.cores[id].chip;
    core.x = t.platform.cores[id].x;
    core.y = t.platform.cores[id].y;
    core.busy_ns = ns_from_ps(activity.busy_ps);
    core.idle_ns = ns_from_ps(activity.idle_ps);
    for (int c = 0; c < program::kStalls; ++c) core.stalled_ns[c] = ns_from_ps(activity.stalled_ps[c]);
    core.energy_nj = common::nj_from_aj(books.cores[id]);
    core.power_nj = to_nj(books.power[id]);
    core.power_steady_nj = to_nj(steady.power[id]);
    core.wakes = books.power[id].wakes;
    core.wakes_steady = steady.power[id].wakes;
  }
  for (std::size_t i = 0; i < program.tasks.size(); ++i) {
    const program::Task& task = program.tasks[i];
    if (task.core == program::kHost) continue;
    cores[task.core].layers.push_back(program.layers[task.layer]);
    if (task.kind == program::TaskKind::Mvm) cores[task.core].mvms += t.single.tasks[i].firings;
  }
  return cores;
}

/// What there is to say where the last two images did not end interval_ns apart, or the two before otherwise,
/// by more than a thousandth: packets that meet in a router shift ends by a few clock cycles.
void warn_of_interval(const SteadyInterval& interval, std::vector<std::string>& warnings) {
  const auto is_far = [&](Picoseconds time) {
    return std::abs(time - interval.value) > interval.value / 1000;
  };
  if (!is_far(interval.between_ends) && !is_far(interval.before)) return;
  const std::string last = std::to_string(ns_from_ps(interval.between_ends)) + " ns";
  const std::string both = std::to_string(ns_from_ps(interval.before)) + " and " + last;
  if (interval.period == 0) warnings.push_back("interval_ns is not constant yet: the last two are " + both);
  if (interval.period == 2 && !interval.raised)
    warnings.push_back("images end alternately " + both + " apart; interval_ns is the mean");
  if (interval.raised)
    warnings.push_back(
        "interval_ns is the least that the busiest unit, or the program without contention, takes per image; "
        "the last two images ended " +
        last + " apart");
}

/// The compiler keeps the limit by its closed form, which knows neither links nor steps that wait for each
/// other.
void warn_of_limit(const config::Chip& chip, Picoseconds interval, std::vector<std::string>& warnings) {
  const std::optional<double>& most_ns = chip.mapping.max_interval_ns;
  if (most_ns && ns_from_ps(interval) > *most_ns * 1.001)
    warnings.push_back(fmt::format(
        "interval_ns is {:.0f}, above mapping.max_interval_ns = {:.0f}: the closed form that the mapping "
        "compiler goes by knows neither links nor the loops of recurrent layers",
        ns_from_ps(interval), *most_ns));
}

void report_totals(Report& report, const config::Chip& chip, const Timing& t, const EnergyBooks& single,
                   const EnergyBooks& steady) {
  const SteadyInterval& interval = t.interval;
  warn_of_interval(interval, report.warnings);
  warn_of_limit(chip, interval.value, report.warnings);
  report.latency_ns = ns_from_ps(t.single.image_end_ps[0]);
  report.interval_ns = ns_from_ps(interval.value);
  report.cycles = (t.single.image_end_ps[0] + chip.network.clock_ps - 1) / chip.network.clock_ps;
  report.energy_nj = common::nj_from_aj(single.total);
  report.energy_steady_nj = common::nj_from_aj(steady.total);
  report.energy_by_component_nj = to_nj(single.components);
  report.power = report_power(single);
  report.power_steady = report_power(steady);
  report.average_power_mw = report.energy_steady_nj / report.interval_ns * 1e3;
  report.effective_tops = 2.0 * static_cast<double>(report.macs) / report.interval_ns / 1e3;
  report.effective_tops_per_w = 2.0 * static_cast<double>(report.macs) / report.energy_steady_nj / 1e3;
  if (!contains(report.not_modelled, "shared_area")) report.area_mm2 = chip.area_mm2();
}

}  // namespace

Report simulate(const graph::Network& network, const config::Chip& chip, const config::Device& device,
                const Data* data, const Options& options, ChipRunner& chips) {
  if (data != nullptr) check_data(network, *data);
  const graph::FoldedNetwork folded = graph::fold(network);
  const mapping::Mapping map = mapping::map(folded, chip);
  const std::int64_t firings = firings_per_image(map);
  check_work(firings, options.most_firings, options.engine);
  if (const std::string cost = cost_of(firings, options.engine); options.on_cost && !cost.empty())
    options.on_cost(cost);

  Report report;
  report.seed = options.seed;
  report.engine = options.engine == Engine::Chip ? "chip" : "analytic";
  report.chip_name = report.chip_argument = chip.name;
  report.chip_yaml = common::dump_fields(chip);
  report.device_name = device.name;
  report.device_yaml = common::dump_fields(device);
  report.what_if = chip.what_if;
  report.model_name = network.name;
  report.parameters = graph::parameters(network);
  report.cores_available = map.cores_available;
  report.cores_used = map.cores_used;
  report.utilization = map.utilization;
  report.mapping_rule = config::name_of(chip.mapping.tiling);
  report.schedule = config::name_of(chip.mapping.schedule);
  report.not_modelled = not_modelled(chip);
  report.host_modelled = !contains(report.not_modelled, "host");
  report.host_between_layers = chip.host.interlayer == config::Interlayer::Host;

  const Timing timing = run_timing(map, chip, options, chips);
  const auto& program = timing.built.program;
  const EnergyBooks single = account(program, timing.single, {1, 0}, chip, timing.single.image_end_ps[0]);
  const EnergyBooks steady = account(program, timing.steady, timing.run, chip, timing.interval.value);
  const std::vector<std::int64_t> macs = checked_macs(map, timing);
  report.macs = std::accumulate(macs.begin(), macs.end(), std::int64_t{0});
  report_totals(report, chip, timing, single, steady);
  report.upkeep = upkeep(program, chip, report.interval_ns);
  report.layers = report_layers(map, timing, single, macs);
  report.cores = report_cores(timing, single, steady);
  for (const auto& link : timing.single.links)
    report.links.push_back({link.from, link.to, link.flits, ns_from_ps(link.busy_ps), link.max_queue});
  report.chip_links = between_chips(program, timing.platform, timing.single, chip);
  report.simulated_events = timing.single.events + timing.steady.events;
  if (options.engine == Engine::Chip) {
    report.images_continued = timing.steady.continued_images;
    report.images_simulated = 1 + timing.run.images - report.images_continued;
  }

  if (data == nullptr) {
    report_adc_ranges(map, chip, device, {}, report.layers);
    report.not_modelled.push_back("accuracy");
    return report;
  }
  monte_carlo::Request request = options.accuracy;
  request.seed = options.seed;
  request.workers = options.workers;
  const graph::Batch calibration_images = data->calibration.batch(0, data->calibration.size());
  const numerics::Calibration calibration = numerics::calibrate(folded, map, chip, calibration_images);
  report_adc_ranges(map, chip, device, calibration.line_range, report.layers);
  if (options.functional) {
    const int images = std::min(options.functional_images, data->test.size());
    const FunctionalRequest asked{options.seed, 0, request.times_s.front(), request.compensation};
    const numerics::Executor executor(map, chip, device, calibration);
    check_functional(executor, functional_state(executor, folded, calibration_images, asked), timing.built,
                     timing.platform, data->test.batch(0, images), chips);
    report.functional = {images, asked.time_s, analog::name_of(asked.compensation)};
  }
  AccuracyReport figures;
  figures.inputs = normalisation_text(data->test);
  figures.pixels_scaled = data->test.scaled;
  figures.normalisation = data->test.normalisation;
  for (const data::Dataset* part : {&data->test, &data->calibration})
    if (!part->made_by_rule.empty()) figures.made_by_rule[data::name_of(part->part)] = part->made_by_rule;
  figures.dataset = data->test.name;
  figures.part = data::name_of(data->test.part);
  figures.device = device.name;
  figures.compensation = analog::name_of(request.compensation);
  figures.instances = request.instances;
  figures.layer_samples = std::min(request.layer_samples, data->test.size());
  figures.layer_instances = std::min(request.layer_instances, request.instances);
  figures.layer_time_s = request.layer_time_s;
  figures.result =
      monte_carlo::evaluate(folded, map, chip, device, calibration, data->test, calibration_images, request);
  const std::vector<std::string> odd =
      answer_warnings(network, data->test, figures.result.float_accuracy, options.promise);
  for (const std::vector<std::string>* warnings :
       {&odd, &calibration.warnings, &std::as_const(figures.result.warnings)})
    report.warnings.insert(report.warnings.end(), warnings->begin(), warnings->end());
  std::map<std::string, const monte_carlo::LayerDegradation*> by_name;
  for (const auto& d : figures.result.layers) by_name[d.name] = &d;
  for (auto& layer : report.layers)
    if (auto found = by_name.find(layer.name); found != by_name.end()) layer.degradation = *found->second;
  report.accuracy = std::move(figures);
  return report;
}

}  // namespace phasecore::run
