#include "sim/report/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "common/table.hpp"
#include "common/text.hpp"
#include "common/units.hpp"

namespace phasecore::report {
namespace {

using common::Cell;
using run::kIdlePowersMw;
using run::kPowerStates;
using run::LayerReport;
using run::PowerState;
using run::Report;

double sum(const run::EnergyNj& energy) {
  return std::accumulate(energy.begin(), energy.end(), 0.0);
}

/// The largest stall cause and its share of the layer's core time, "input 41 %".
Cell main_stall(const LayerReport& l) {
  const auto worst = std::max_element(l.stalled_ns.begin(), l.stalled_ns.end());
  const double time = l.busy_ns + std::accumulate(l.stalled_ns.begin(), l.stalled_ns.end(), 0.0);
  if (time <= 0) return {};
  if (*worst <= 0) return std::string("none");
  const auto cause = static_cast<program::Stall>(worst - l.stalled_ns.begin());
  return fmt::format("{} {:.0f} %", name_of(cause), 100 * *worst / time);
}

std::string interval_pp(const monte_carlo::Interval& i) {
  return fmt::format("{:.2f} ({:.2f} .. {:.2f})", i.mean, i.low, i.high);
}

bool is_shared_out(const LayerReport& l) {
  return l.tile_h * l.tile_w * l.replicas > 1;
}

std::string layer_table(const Report& r) {
  const bool shares_out = std::any_of(r.layers.begin(), r.layers.end(), is_shared_out);
  std::vector<common::Column> columns = {
      {"name", "layer"},          {"op", "op"},           {"matrix", "matrix"},
      {"cores", "cores"},         {"mvms", "MVMs"},       {"start", "start us", 2},
      {"latency", "lasts us", 2}, {"busy", "busy us", 2}, {"stall", "waits most for"},
      {"energy", "energy nJ", 1}};
  if (shares_out) columns.insert(columns.begin() + 3, {"shared", "tile, replicas"});
  const auto has_range = [](const LayerReport& l) { return l.adc_range_ua.has_value(); };
  const bool ranges = std::any_of(r.layers.begin(), r.layers.end(), has_range);
  if (ranges) columns.push_back({"range", "ADC range uA", 1});
  if (r.accuracy) {
    columns.push_back({"snr", "SNR dB", 1});
    columns.push_back({"alone", "costs alone pp (95 %)"});
    columns.push_back({"recovered", "recovered pp (95 %)"});
  }
  common::Table table(columns);
  for (const auto& l : r.layers) {
    const bool shared = &l == &r.layers.back();
    std::vector<Cell> row = {l.name,
                             shared ? Cell{} : Cell{l.op},
                             l.rows > 0 ? Cell{fmt::format("{}x{}", l.rows, l.cols)} : Cell{},
                             shared            ? Cell{}
                             : l.cores.empty() ? Cell{std::string("host")}
                                               : Cell{static_cast<long long>(l.cores.size())},
                             l.mvms > 0 ? Cell{l.mvms} : Cell{},
                             shared ? Cell{} : Cell{l.start_ns / 1e3},
                             shared ? Cell{} : Cell{l.latency_ns / 1e3},
                             l.cores.empty() ? Cell{} : Cell{l.busy_ns / 1e3},
                             main_stall(l),
                             sum(l.energy_nj)};
    if (shares_out)
      row.insert(row.begin() + 3,
                 is_shared_out(l) ? Cell{fmt::format("{}x{}, {}", l.tile_h, l.tile_w, l.replicas)} : Cell{});
    if (ranges) row.push_back(l.adc_range_ua ? Cell{*l.adc_range_ua} : Cell{});
    if (r.accuracy) {
      if (l.degradation) {
        row.push_back(l.degradation->output_snr_db ? Cell{*l.degradation->output_snr_db} : Cell{});
        row.emplace_back(interval_pp(l.degradation->alone_pp));
        row.emplace_back(interval_pp(l.degradation->recovered_pp));
      } else {
        row.resize(row.size() + 3);
      }
    }
    table.add_row(std::move(row));
  }
  return table.text();
}

std::string percent(double fraction) {
  return fmt::format("{:.2f} %", 100 * fraction);
}

std::string accuracy_text(const run::AccuracyReport& a) {
  std::string text = fmt::format(
      "Accuracy on {} {} images of {} (float {}, quantised {}), {}, compensation {}, {} instance{}:\n",
      a.result.samples, a.part, common::printable(a.dataset), percent(a.result.float_accuracy),
      percent(a.result.quantized_accuracy), common::printable(a.device), a.compensation, a.instances,
      a.instances == 1 ? "" : "s");
  if (a.result.top_five)
    text += fmt::format("The label is among the five likeliest answers: float {}, quantised {}\n",
                        percent(a.result.top_five->float_accuracy),
                        percent(a.result.top_five->quantized_accuracy));
  std::vector<common::Column> columns = {
      {"time", "after"}, {"mean", "accuracy %", 2}, {"ci", "95 % interval"}, {"std", "std pp", 2}};
  if (a.result.top_five) columns.push_back({"top5", "top 5 %", 2});
  common::Table table(columns);
  for (std::size_t i = 0; i < a.result.points.size(); ++i) {
    const auto& p = a.result.points[i];
    std::vector<Cell> row = {common::format_duration(p.time_s), 100 * p.accuracy.mean,
                             fmt::format("{:.2f} .. {:.2f}", 100 * p.accuracy.low, 100 * p.accuracy.high),
                             a.instances > 1 ? Cell{100 * p.std} : Cell{}};
    if (a.result.top_five) row.emplace_back(100 * a.result.top_five->points[i].accuracy.mean);
    table.add_row(std::move(row));
  }
  text += table.text();
  if (const auto& avm = a.result.avm_pp)
    text += fmt::format("AVM (1 s to 30 d): {:.2f} pp ({:.2f} .. {:.2f})\n", avm->mean, avm->low, avm->high);
  if (!a.result.layers.empty())
    text += fmt::format(
        "Layer figures above: at {}, {} images x {} instances. \"costs alone\": only this layer analog; "
        "\"recovered\": all but "
        "this layer analog.\n",
        common::format_duration(a.layer_time_s), a.layer_samples, a.layer_instances);
  text += "Inputs: " + common::printable(a.inputs) + "\n";
  for (const auto& [part, how] : a.made_by_rule)
    text += fmt::format("The {} part: {}\n", part, common::printable(how));
  return text;
}

std::string states_text(const run::PowerReport& power) {
  std::string text;
  for (int s = 0; s < kPowerStates; ++s)
    text += fmt::format("{}{} {:.1f}", s == 0 ? "" : ", ", name_of(static_cast<PowerState>(s)),
                        power.energy_nj[s]);
  return fmt::format("{}, routers {:.1f} ({:.0f} wake-ups)", text, power.routers_nj, power.wakes);
}

std::string power_text(const Report& r) {
  std::string powers, alone, steady;
  for (std::size_t i = 0; i < kIdlePowersMw.size(); ++i) {
    const char* separator = i == 0 ? "" : " / ";
    powers += fmt::format("{}{}", separator, kIdlePowersMw[i]);
    alone += fmt::format("{}{:.1f}", separator, r.power.with_idle_power_nj[i]);
    steady += fmt::format("{}{:.1f}", separator, r.power_steady.with_idle_power_nj[i]);
  }
  return fmt::format(
      "Static    nJ by power state, alone: {}\n"
      "          at full pipeline: {}\n"
      "          with idle cores at {} mW: {} nJ per image alone, {} at full pipeline\n",
      states_text(r.power), states_text(r.power_steady), powers, alone, steady);
}

/// What is not part of any image.
std::string upkeep_text(const Report& r) {
  const run::ProgrammingReport& p = r.upkeep.programming;
  const run::DriftReadoutReport& d = r.upkeep.drift_readout;
  if (p.cores == 0) return "";
  return fmt::format(
      "Upkeep    programming takes at most {:.1f} ms ({} cores of {:.1f} ms) and {:.1f} mJ; devices endure "
      "it {:.0f} to "
      "{:.0f} times\n"
      "          a drift readout takes {} MVMs, {:.1f} us, {:.1f} uJ: {:.4f} nJ per image, every {:.0f} "
      "images; neither is "
      "part of the energy above\n",
      p.time_ns / 1e6, p.cores, p.time_per_core_ns / 1e6, (p.energy_nj + p.constant_nj) / 1e6, p.times_low,
      p.times_high, d.mvms, d.time_ns / 1e3, d.energy_nj / 1e3, d.energy_per_image_nj, d.images);
}

std::string totals_text(const Report& r) {
  std::string split;
  for (int c = 0; c < program::kComponents; ++c) {
    const auto component = static_cast<program::Component>(c);
    const bool unknown = component == program::Component::Host && !r.host_modelled;
    split += fmt::format("{}{} {}", split.empty() ? "" : ", ", name_of(component),
                         unknown ? "not modelled" : fmt::format("{:.1f}", r.energy_by_component_nj[c]));
  }
  const std::string area = r.area_mm2 ? fmt::format("{:.1f} mm2", *r.area_mm2) : "not modelled";
  return fmt::format(
      "Latency   {:.2f} us for one image in an empty chip ({} network cycles)\n"
      "Interval  {:.2f} us between images back to back: {:.0f} images/s\n"
      "Energy    {:.1f} nJ per image alone, {:.1f} nJ at full pipeline ({:.1f} mW)\n"
      "          nJ by component: {}\n"
      "{}"
      "Effective {:.3f} TOPS, {:.3f} TOPS/W at full pipeline; chip area {}\n"
      "Mapping   {} of {} cores (tiling {}), {:.1f} % of their cells hold weights; {} parameters, {} MACs\n",
      r.latency_ns / 1e3, r.cycles, r.interval_ns / 1e3, 1e9 / r.interval_ns, r.energy_nj, r.energy_steady_nj,
      r.average_power_mw, split, power_text(r), r.effective_tops, r.effective_tops_per_w, area, r.cores_used,
      r.cores_available,
      r.schedule == "pipelined" ? r.mapping_rule : r.mapping_rule + ", schedule " + r.schedule,
      100 * r.utilization, r.parameters, r.macs);
}

/// What crosses between chips: nothing to say of a single one.
std::string chips_text(const Report& r) {
  if (r.chip_links.empty()) return "";
  std::map<int, int> chip_of;
  for (const run::CoreReport& core : r.cores) chip_of[core.id] = core.chip;
  int across = 0;
  for (const LayerReport& layer : r.layers) {
    std::set<int> chips;
    for (const int core : layer.cores) chips.insert(chip_of[core]);
    across += chips.size() > 1 ? 1 : 0;
  }
  long long bytes = 0;
  double energy_nj = 0;
  const run::ChipLinkReport* busiest = nullptr;
  for (const run::ChipLinkReport& link : r.chip_links) {
    bytes += link.bytes;
    energy_nj += link.energy_nj;
    if (busiest == nullptr || link.bytes > busiest->bytes) busiest = &link;
  }
  std::string text = fmt::format(
      "Chips     {} in a row, {} of the layers on two or more; an image sends {} bytes over links between "
      "them "
      "({:.1f} nJ of the network's energy)",
      r.cores.back().chip + 1, across, bytes, energy_nj);
  if (busiest->busy_ns)
    text += fmt::format("; the busiest, from chip {} to {}, is busy {:.0f} % of the interval",
                        busiest->from_chip, busiest->to_chip, 100 * *busiest->busy_ns / r.interval_ns);
  return text + "\n";
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& w : words) text += (text.empty() ? "" : "; ") + w;
  return text;
}

}  // namespace

std::string to_text(const run::Report& r) {
  std::string text = fmt::format(
      "{} on {}{}, seed {}{}\n\n", common::printable(r.model_name), common::printable(r.chip_name),
      r.what_if ? " (what-if: nobody built exactly this chip)" : "", r.seed,
      r.engine == "analytic" ? ", analytic estimate: links and buffers without limits" : "");
  text += layer_table(r) + "\n" + totals_text(r) + chips_text(r) + upkeep_text(r);
  if (r.accuracy) text += "\n" + accuracy_text(*r.accuracy);
  if (r.functional)
    text += fmt::format(
        "Functional: the chip's own logits of {} images equal the Monte Carlo's bit for bit (instance 0, {}, "
        "compensation {})\n",
        r.functional->images, common::format_duration(r.functional->time_s), r.functional->compensation);
  for (const auto& w : r.warnings) text += "warning: " + common::printable(w) + "\n";
  if (r.host_between_layers)
    text +=
        "\nTotals are on chip: the host between the layers pools, adds and arranges input vectors (im2col) "
        "exactly and in no time.\n";
  if (!r.not_modelled.empty()) text += "\nNot modelled: " + joined(r.not_modelled) + "\n";
  text += fmt::format("Assumed values are marked in the chip file: phasecore describe chip {}\n",
                      common::printable(r.chip_argument));
  return text;
}

}  // namespace phasecore::report
