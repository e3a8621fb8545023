#include "sim/report/json.hpp"

#include <nlohmann/json.hpp>

#include "common/version.hpp"
#include "common/yaml.hpp"
#include "sim/report/yaml_json.hpp"

namespace phasecore::report {
namespace {

using nlohmann::ordered_json;
using run::kIdlePowersMw;
using run::kPowerStates;
using run::PowerState;

ordered_json components(const run::EnergyNj& energy, bool host_modelled) {
  ordered_json j;
  for (int c = 0; c < program::kComponents; ++c) j[name_of(static_cast<program::Component>(c))] = energy[c];
  if (!host_modelled) j["host"] = nullptr;
  return j;
}

ordered_json power_states(const std::array<double, kPowerStates>& energy) {
  ordered_json j;
  for (int s = 0; s < kPowerStates; ++s) j[name_of(static_cast<PowerState>(s))] = energy[s];
  return j;
}

ordered_json to_json(const run::PowerReport& power) {
  ordered_json idle = ordered_json::array();
  for (std::size_t i = 0; i < kIdlePowersMw.size(); ++i)
    idle.push_back({{"idle_mw", kIdlePowersMw[i]}, {"energy_nj", power.with_idle_power_nj[i]}});
  ordered_json energy = power_states(power.energy_nj);
  energy["routers"] = power.routers_nj;
  return {{"energy_nj", energy}, {"wakes", power.wakes}, {"with_idle_power", idle}};
}

ordered_json stalls(const std::array<double, program::kStalls>& ns) {
  ordered_json j;
  for (int c = 0; c < program::kStalls; ++c) j[name_of(static_cast<program::Stall>(c))] = ns[c];
  return j;
}

ordered_json interval(const monte_carlo::Interval& i) {
  return {{"mean", i.mean}, {"ci95_low", i.low}, {"ci95_high", i.high}};
}

template <class T>
ordered_json optional(const std::optional<T>& value) {
  return value ? ordered_json(*value) : ordered_json();
}

ordered_json resolved(const std::string& yaml, const std::string& what) {
  common::Diagnostics none;
  return yaml_to_json(common::parse_yaml(yaml, what, none));
}

ordered_json to_json(const run::FunctionalReport& f) {
  return {
      {"images", f.images}, {"time_s", f.time_s}, {"compensation", f.compensation}, {"logits_equal", true}};
}

ordered_json to_json(const std::vector<monte_carlo::Point>& points) {
  ordered_json j = ordered_json::array();
  for (const auto& p : points)
    j.push_back({{"time_s", p.time_s},
                 {"mean", p.accuracy.mean},
                 {"std", p.std},
                 {"ci95_low", p.accuracy.low},
                 {"ci95_high", p.accuracy.high}});
  return j;
}

ordered_json to_json(const std::optional<monte_carlo::TopFive>& t) {
  if (!t) return {};
  return {{"float", t->float_accuracy}, {"quantized", t->quantized_accuracy}, {"points", to_json(t->points)}};
}

ordered_json normalisation(const run::AccuracyReport& a) {
  ordered_json j = {
      {"pixels_scaled", a.pixels_scaled}, {"mean", nullptr}, {"std", nullptr}, {"from", nullptr}};
  if (!a.normalisation) return j;
  j["mean"] = a.normalisation->mean;
  j["std"] = a.normalisation->deviation;
  j["from"] = a.normalisation->from;
  return j;
}

ordered_json to_json(const run::AccuracyReport& a) {
  ordered_json made_by_rule = ordered_json::object();
  for (const auto& [part, how] : a.made_by_rule) made_by_rule[part] = how;
  return {{"dataset", a.dataset},
          {"part", a.part},
          {"made_by_rule", made_by_rule},
          {"normalisation", normalisation(a)},
          {"samples", a.result.samples},
          {"float", a.result.float_accuracy},
          {"quantized", a.result.quantized_accuracy},
          {"device", a.device},
          {"compensation", a.compensation},
          {"instances", a.instances},
          {"points", to_json(a.result.points)},
          {"top5", to_json(a.result.top_five)},
          {"avm_pp", a.result.avm_pp ? ordered_json(a.result.avm_pp->mean) : ordered_json()},
          {"avm_pp_ci95_low", a.result.avm_pp ? ordered_json(a.result.avm_pp->low) : ordered_json()},
          {"avm_pp_ci95_high", a.result.avm_pp ? ordered_json(a.result.avm_pp->high) : ordered_json()}};
}

ordered_json to_json(const run::LayerReport& l, const run::Report& report) {
  ordered_json j = {{"name", l.name},
                    {"op", l.op},
                    {"rows", l.rows},
                    {"cols", l.cols},
                    {"submatrices", l.submatrices},
                    {"tile", {l.tile_h, l.tile_w}},
                    {"replicas", l.replicas},
                    {"cores", l.cores},
                    {"macs", l.macs},
                    {"mvms", l.mvms},
                    {"start_ns", l.start_ns},
                    {"end_ns", l.end_ns},
                    {"latency_ns", l.latency_ns},
                    {"busy_ns", l.busy_ns},
                    {"stalled_ns", stalls(l.stalled_ns)}};
  double total = 0;
  for (const double e : l.energy_nj) total += e;
  j["energy_nj"] = total;
  j["energy_by_component_nj"] = components(l.energy_nj, report.host_modelled);
  if (l.adc_range_ua) j["adc_range_ua"] = *l.adc_range_ua;
  if (l.degradation) {
    j["degradation"] = {{"at_time_s", report.accuracy->layer_time_s},
                        {"samples", report.accuracy->layer_samples},
                        {"instances", report.accuracy->layer_instances},
                        {"alone_pp", interval(l.degradation->alone_pp)},
                        {"recovered_pp", interval(l.degradation->recovered_pp)},
                        {"output_snr_db", optional(l.degradation->output_snr_db)}};
  } else {
    j["degradation"] = nullptr;
  }
  return j;
}

ordered_json to_json(const run::CoreReport& c, bool several_chips) {
  ordered_json j = {{"id", c.id}};
  if (several_chips) j["chip"] = c.chip;
  j.update({{"x", c.x},
            {"y", c.y},
            {"layers", c.layers},
            {"busy_ns", c.busy_ns},
            {"stalled_ns", stalls(c.stalled_ns)},
            {"idle_ns", c.idle_ns},
            {"mvms", c.mvms},
            {"energy_nj", c.energy_nj},
            {"power_nj", power_states(c.power_nj)},
            {"wakes", c.wakes},
            {"power_steady_nj", power_states(c.power_steady_nj)},
            {"wakes_steady", c.wakes_steady}});
  return j;
}

ordered_json to_json(const run::UpkeepReport& u) {
  const run::ProgrammingReport& p = u.programming;
  const run::DriftReadoutReport& d = u.drift_readout;
  return {{"programming",
           {{"cores", p.cores},
            {"time_per_core_ns", p.time_per_core_ns},
            {"time_ns", p.time_ns},
            {"energy_nj", p.energy_nj},
            {"constant_nj", p.constant_nj},
            {"times_low", p.times_low},
            {"times_high", p.times_high}}},
          {"drift_readout",
           {{"mvms", d.mvms},
            {"time_ns", d.time_ns},
            {"energy_nj", d.energy_nj},
            {"images", d.images},
            {"energy_per_image_nj", d.energy_per_image_nj}}}};
}

ordered_json chip_links(const run::Report& r) {
  ordered_json links = ordered_json::array();
  for (const run::ChipLinkReport& l : r.chip_links)
    links.push_back({{"from_chip", l.from_chip},
                     {"to_chip", l.to_chip},
                     {"bytes", l.bytes},
                     {"busy_ns", optional(l.busy_ns)},
                     {"energy_nj", l.energy_nj}});
  return links;
}

ordered_json totals(const run::Report& r) {
  return {{"latency_ns", r.latency_ns},
          {"interval_ns", r.interval_ns},
          {"throughput_per_s", 1e9 / r.interval_ns},
          {"cycles", r.cycles},
          {"energy_nj", r.energy_nj},
          {"energy_steady_nj", r.energy_steady_nj},
          {"energy_by_component_nj", components(r.energy_by_component_nj, r.host_modelled)},
          {"average_power_mw", r.average_power_mw},
          {"effective_tops", r.effective_tops},
          {"effective_tops_per_w", r.effective_tops_per_w},
          {"area_mm2", optional(r.area_mm2)}};
}

}  // namespace

ordered_json to_json(const run::Report& r, const Provenance& provenance) {
  ordered_json j;
  j["schema"] = "phasecore.simulate/1";
  j["version"] = common::version();
  j["seed"] = r.seed;
  j["engine"] = r.engine;
  j["chip"] = {{"name", r.chip_name}, {"what_if", r.what_if}, {"resolved", resolved(r.chip_yaml, "chip")}};
  j["device"] = {{"name", r.device_name}, {"resolved", resolved(r.device_yaml, "device")}};
  j["model"] = {
      {"name", r.model_name}, {"sha256", r.model_sha256}, {"parameters", r.parameters}, {"macs", r.macs}};
  j["mapping"] = {{"cores_available", r.cores_available},
                  {"cores_used", r.cores_used},
                  {"utilization", r.utilization},
                  {"rule", r.mapping_rule},
                  {"schedule", r.schedule}};
  j["not_modelled"] = r.not_modelled;
  j["warnings"] = r.warnings;
  j["totals"] = totals(r);
  j["power"] = {{"alone", to_json(r.power)}, {"steady", to_json(r.power_steady)}};
  j["upkeep"] = to_json(r.upkeep);
  j["accuracy"] = r.accuracy ? to_json(*r.accuracy) : ordered_json();
  j["functional"] = r.functional ? to_json(*r.functional) : ordered_json();
  j["layers"] = ordered_json::array();
  for (const auto& l : r.layers) j["layers"].push_back(to_json(l, r));
  j["cores"] = ordered_json::array();
  for (const auto& c : r.cores) j["cores"].push_back(to_json(c, r.cores.back().chip > 0));
  j["links"] = ordered_json::array();
  for (const auto& l : r.links)
    j["links"].push_back({{"from", l.from},
                          {"to", l.to},
                          {"flits", l.flits},
                          {"busy_ns", l.busy_ns},
                          {"max_queue", l.max_queue}});
  if (!r.chip_links.empty()) j["chip_links"] = chip_links(r);
  j["provenance"] = {{"git", common::git_revision()},
                     {"compiler", common::compiler()},
                     {"wall_s", provenance.wall_s},
                     {"simulated_events", r.simulated_events},
                     {"images_simulated", r.images_simulated},
                     {"images_continued", r.images_continued}};
  return j;
}

common::Table layers_csv(const run::Report& r) {
  std::vector<common::Column> columns;
  for (const char* name : {"name", "op", "rows", "cols", "submatrices", "tile_h", "tile_w", "replicas",
                           "cores", "macs", "mvms", "start_ns", "end_ns", "latency_ns", "busy_ns"})
    columns.push_back({name, name});
  for (int c = 0; c < program::kStalls; ++c) {
    const std::string name = "stalled_" + std::string(name_of(static_cast<program::Stall>(c))) + "_ns";
    columns.push_back({name, name});
  }
  columns.push_back({"energy_nj", "energy_nj"});
  for (int c = 0; c < program::kComponents; ++c) {
    const std::string name = "energy_" + std::string(name_of(static_cast<program::Component>(c))) + "_nj";
    columns.push_back({name, name});
  }
  for (const char* name : {"alone_pp", "alone_pp_ci95_low", "alone_pp_ci95_high", "recovered_pp",
                           "recovered_pp_ci95_low", "recovered_pp_ci95_high", "output_snr_db"})
    columns.push_back({name, name});

  common::Table table(columns);
  for (const auto& l : r.layers) {
    std::string cores;
    for (const int core : l.cores) cores += (cores.empty() ? "" : " ") + std::to_string(core);
    std::vector<common::Cell> row = {l.name,
                                     l.op,
                                     static_cast<long long>(l.rows),
                                     static_cast<long long>(l.cols),
                                     static_cast<long long>(l.submatrices),
                                     static_cast<long long>(l.tile_h),
                                     static_cast<long long>(l.tile_w),
                                     static_cast<long long>(l.replicas),
                                     cores,
                                     l.macs,
                                     l.mvms,
                                     l.start_ns,
                                     l.end_ns,
                                     l.latency_ns,
                                     l.busy_ns};
    for (const double ns : l.stalled_ns) row.emplace_back(ns);
    double total = 0;
    for (const double e : l.energy_nj) total += e;
    row.emplace_back(total);
    for (int c = 0; c < program::kComponents; ++c) {
      const bool unknown = !r.host_modelled && static_cast<program::Component>(c) == program::Component::Host;
      row.push_back(unknown ? common::Cell{} : common::Cell{l.energy_nj[c]});
    }
    if (l.degradation) {
      const auto& d = *l.degradation;
      for (const double v : {d.alone_pp.mean, d.alone_pp.low, d.alone_pp.high, d.recovered_pp.mean,
                             d.recovered_pp.low, d.recovered_pp.high})
        row.emplace_back(v);
      row.push_back(d.output_snr_db ? common::Cell{*d.output_snr_db} : common::Cell{});
    } else {
      row.resize(row.size() + 7);
    }
    table.add_row(std::move(row));
  }
  return table;
}

}  // namespace phasecore::report
