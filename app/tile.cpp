// phasecore tile: one crossbar, characterised.
#include "sim/tile/tile.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "app/command.hpp"
#include "common/diagnostics.hpp"
#include "common/files.hpp"
#include "common/json_text.hpp"
#include "common/progress.hpp"
#include "common/table.hpp"
#include "common/text.hpp"
#include "common/units.hpp"
#include "sim/config/chip.hpp"

namespace phasecore::app {
namespace {

namespace po = boost::program_options;
using nlohmann::ordered_json;

constexpr std::chrono::seconds kLong{3};  // what ends within it shows no progress
constexpr int kRandomOutputs = 256, kRandomInputs = 256, kRandomVectors = 64;

po::options_description tile_options() {
  po::options_description o;
  auto add = o.add_options();
  add("weights", po::value<std::string>(),
      "matrix of outputs x inputs: .npy, or .csv (.csv.gz) of one row per output (default: 256x256 random "
      "weights by the seed, normal, a quarter of the largest)");
  add("inputs", po::value<std::string>(),
      "vectors, one per row, in the same formats (default: 64 random ones by the seed, uniform in -1 .. 1)");
  add("device", po::value<std::string>()->default_value("hermes-2"), "shipped PCM devices or FILE.yaml");
  add("times", po::value<std::string>()->default_value("0s,1h,1d,30d,1y"),
      "when to look, from the end of programming");
  add("instances", po::value<int>()->default_value(32), "programmings: each has other devices");
  add("mode", po::value<std::string>()->default_value("device-pairs"),
      "device-pairs: both devices of a pair drift, as in hardware; aihwkit-tile: as aihwkit computes it");
  add("compensation", po::value<std::string>()->default_value("gdc"),
      "of drift, by readouts of one-hot inputs: none, gdc, gdc-column");
  add("dac-bits", po::value<int>()->default_value(8), "resolution of the inputs (0: perfect)");
  add("adc-bits", po::value<int>()->default_value(8), "resolution of the outputs (0: perfect)");
  add("out-bound", po::value<double>(),
      "largest output, in units of the largest weight times input 1 (default: 10; without, if --adc-bits is "
      "0)");
  add("range", po::value<std::string>()->default_value("bound"),
      "of the outputs: bound (--out-bound), calibrated (what --range-quantile of the exact outputs do not "
      "exceed), "
      "saturation (the saturation current of --chip)");
  add("range-quantile", po::value<double>(), "with --range calibrated (default: 0.999)");
  add("chip", po::value<std::string>(),
      "with --range saturation: shipped name or FILE.yaml (default: hermes-mesh)");
  add("out-noise", po::value<double>()->default_value(0),
      "standard deviation of the output noise, in the same unit");
  add("input-scale", po::value<std::string>()->default_value("none"),
      "before the DAC, which takes -1 .. 1: none, largest (of all vectors), abs-max (each vector its own)");
  add("bound-management", po::value<std::string>()->default_value("none"),
      "none, or iterative: vectors whose outputs reach the bound are repeated with halved inputs");
  add("ir-drop", po::bool_switch(),
      "voltage lost along the wires of 0.35 ohm per cell, as aihwkit models it");
  add("seed", po::value<int>()->default_value(0), "seed of every random number");
  add("json", po::bool_switch(), "print one JSON document instead of the table");
  add("out", po::value<std::string>(), "write tile.json and tile.csv to this directory");
  return o;
}

/// Each kind of range has an option of its own.
void choose_range(const po::variables_map& v, const config::Device& device, tile::Converters& c) {
  const auto range = v["range"].as<std::string>();
  const std::map<std::string, const char*> options = {
      {"bound", "out-bound"}, {"calibrated", "range-quantile"}, {"saturation", "chip"}};
  if (options.count(range) == 0)
    throw common::InputError("--range is '" + range + "'; allowed are bound, calibrated, saturation");
  for (const auto& [other, option] : options)
    if (other != range && v.count(option))
      throw common::InputError(
          fmt::format("--{} belongs to --range {}, not to --range {}", option, other, range));
  if (range == "bound") {
    if (c.adc_bits == 0) c.out_bound.reset();
    if (v.count("out-bound")) c.out_bound = v["out-bound"].as<double>();
  } else if (range == "calibrated") {
    c.out_bound.reset();
    c.out_quantile = v.count("range-quantile") ? v["range-quantile"].as<double>() : 0.999;
  } else {
    const config::Chip chip =
        config::load_chip(v.count("chip") ? v["chip"].as<std::string>() : std::string("hermes-mesh"));
    c.out_bound = chip.adc.saturation_ua / (chip.crossbar.read_voltage_v * device.g_max_us);
  }
}

tile::Converters converters_of(const po::variables_map& v, const config::Device& device) {
  tile::Converters c;
  c.dac_bits = v["dac-bits"].as<int>();
  c.adc_bits = v["adc-bits"].as<int>();
  choose_range(v, device, c);
  c.out_noise = v["out-noise"].as<double>();
  c.ir_drop = v["ir-drop"].as<bool>();
  c.input_scale = tile::parse_input_scale(v["input-scale"].as<std::string>());
  const auto bound = v["bound-management"].as<std::string>();
  if (bound != "none" && bound != "iterative")
    throw common::InputError("--bound-management is '" + bound + "'; allowed are none, iterative");
  c.iterative_bound = bound == "iterative";
  tile::check(c);
  return c;
}

/// What is not given fits what is.
void choose_matrices(const po::variables_map& v, tile::Request& r) {
  if (v.count("weights")) r.weights = tile::read_matrix(v["weights"].as<std::string>());
  if (v.count("inputs")) r.inputs = tile::read_matrix(v["inputs"].as<std::string>());
  if (v.count("weights") == 0)
    r.weights =
        tile::random_weights(r.seed, kRandomOutputs, v.count("inputs") ? r.inputs.cols : kRandomInputs);
  if (v.count("inputs") == 0) r.inputs = tile::random_inputs(r.seed, kRandomVectors, r.weights.cols);
}

tile::Request request_of(const po::variables_map& v) {
  tile::Request r;
  r.seed = static_cast<std::uint64_t>(at_least(v["seed"].as<int>(), 0, "--seed"));
  r.instances = between(v["instances"].as<int>(), 1, kMostInstances, "--instances");
  r.mode = tile::parse_mode(v["mode"].as<std::string>());
  r.compensation = analog::parse_compensation(v["compensation"].as<std::string>());
  for (const std::string& time : split_commas(v["times"].as<std::string>()))
    r.times_s.push_back(common::parse_duration_s(time));
  r.device = config::load_device(v["device"].as<std::string>());
  r.converters = converters_of(v, r.device);
  choose_matrices(v, r);
  return r;
}

common::Cell cell(double value) {
  return std::isfinite(value) ? common::Cell{value} : common::Cell{};
}

common::Table table_of(const tile::Characterisation& result) {
  common::Table table({{"time_s", ""},
                       {"time", "after"},
                       {"rel_l2_mean", "rel. L2 error", 5},
                       {"rel_l2_std", "std", 5},
                       {"alpha_mean", "alpha", 5},
                       {"alpha_std", "std", 5},
                       {"error_mean", "mean error", 5},
                       {"error_mean_std", ""},
                       {"error_std", "spread", 5},
                       {"error_std_std", ""},
                       {"weight_rms_mean", "weight error", 5},
                       {"weight_rms_std", ""},
                       {"equivalent_bits", "bits", 2}});
  for (const tile::Point& p : result.points)
    table.add_row({p.time_s, common::format_duration(p.time_s), p.rel_l2.mean, cell(p.rel_l2.deviation),
                   p.alpha.mean, cell(p.alpha.deviation), p.error_mean.mean, cell(p.error_mean.deviation),
                   p.error_std.mean, cell(p.error_std.deviation), p.weight_rms.mean,
                   cell(p.weight_rms.deviation), cell(p.equivalent_bits)});
  return table;
}

ordered_json json_of(double value) {
  return std::isfinite(value) ? ordered_json(value) : ordered_json();
}

ordered_json json_of(const tile::Matrix& matrix) {
  return {{"source", matrix.source}, {"rows", matrix.rows}, {"cols", matrix.cols}};
}

ordered_json json_of(const tile::Converters& c, const std::optional<double>& out_bound,
                     const std::string& bound) {
  return {{"dac_bits", c.dac_bits},
          {"adc_bits", c.adc_bits},
          {"out_bound", out_bound ? ordered_json(*out_bound) : ordered_json()},
          {"out_noise", c.out_noise},
          {"input_scale", tile::name_of(c.input_scale)},
          {"bound_management", bound},
          {"ir_drop", c.ir_drop}};
}

ordered_json json_of(const tile::Point& p) {
  return {{"time_s", p.time_s},
          {"rel_l2_mean", p.rel_l2.mean},
          {"rel_l2_std", json_of(p.rel_l2.deviation)},
          {"alpha_mean", p.alpha.mean},
          {"alpha_std", json_of(p.alpha.deviation)},
          {"error_mean", p.error_mean.mean},
          {"error_mean_std", json_of(p.error_mean.deviation)},
          {"error_std", p.error_std.mean},
          {"error_std_std", json_of(p.error_std.deviation)},
          {"weight_rms_mean", p.weight_rms.mean},
          {"weight_rms_std", json_of(p.weight_rms.deviation)},
          {"equivalent_bits", json_of(p.equivalent_bits)}};
}

ordered_json json_of(const tile::Request& r, const tile::Characterisation& result, const std::string& bound) {
  ordered_json j = {
      {"schema", "phasecore.tile/1"},
      {"device", r.device.name},
      {"mode", tile::name_of(r.mode)},
      {"compensation", analog::name_of(r.compensation)},
      {"instances", r.instances},
      {"seed", r.seed},
      {"weights", json_of(r.weights)},
      {"inputs", json_of(r.inputs)},
      {"converters",
       json_of(r.converters, r.converters.out_bound ? r.converters.out_bound : result.out_bound, bound)},
      {"clipped_inputs", result.clipped_inputs},
      {"converters_rel_l2", result.converters_rel_l2},
      {"programmed_rel_l2_mean", result.programmed_rel_l2.mean},
      {"programmed_rel_l2_std", json_of(result.programmed_rel_l2.deviation)},
      {"points", ordered_json::array()}};
  for (const tile::Point& p : result.points) j["points"].push_back(json_of(p));
  return j;
}

void print(const tile::Request& r, const tile::Characterisation& result, const common::Table& table) {
  std::cout << fmt::format(
                   "One array of {} devices ({}): weights {}x{} ({}), {} vectors ({}), {} instance{}, "
                   "compensation {}\n\n",
                   common::printable(r.device.name), tile::name_of(r.mode), r.weights.rows, r.weights.cols,
                   common::printable(r.weights.source), r.inputs.rows, common::printable(r.inputs.source),
                   r.instances, r.instances == 1 ? "" : "s", analog::name_of(r.compensation))
            << table.text()
            << fmt::format(
                   "\nRelative L2 error of the converters alone {:.5f}; right after programming {:.5f}\n",
                   result.converters_rel_l2, result.programmed_rel_l2.mean)
            << "alpha: readout after programming over readout at the time"
            << (r.compensation == analog::Compensation::None ? ", measured but not applied" : "")
            << "; mean error and spread: of single outputs, in units of their root mean square;\n"
               "weight error: root mean square, the largest weight is 1; bits: of a quantiser that rounds so "
               "(docs/tile.md)\n";
}

}  // namespace

int run_tile(const Arguments& arguments) {
  po::variables_map v;
  if (parse(command("tile"), arguments, tile_options(), {}, v)) return 0;
  std::optional<common::OutputDirectory> out;
  if (v.count("out"))
    out.emplace(v["out"].as<std::string>(), std::vector<std::string>{"tile.json", "tile.csv"});
  tile::Request request = request_of(v);
  std::optional<common::Progress> progress;
  request.on_instance = [&](int done) {
    if (!progress) progress.emplace("instances", static_cast<std::size_t>(request.instances), true, kLong);
    progress->update(static_cast<std::size_t>(done));
  };
  const tile::Characterisation result = tile::characterise(request);
  progress.reset();
  if (result.clipped_inputs > 0)
    std::cerr << fmt::format(
        "warning: {} of {} inputs lie beyond -1 .. 1 and are clipped; --input-scale largest or abs-max "
        "scales them\n",
        result.clipped_inputs, request.inputs.values.size());
  const common::Table table = table_of(result);
  const std::string document =
      common::json_text(json_of(request, result, v["bound-management"].as<std::string>()), 1) + "\n";
  if (out) {
    out->write("tile.json", document);
    out->write("tile.csv", table.csv());
    out->commit();
  }
  if (v["json"].as<bool>()) {
    std::cout << document;
    return 0;
  }
  print(request, result, table);
  if (out) std::cout << "Written: " << common::printable(v["out"].as<std::string>()) << "\n";
  return 0;
}

}  // namespace phasecore::app
