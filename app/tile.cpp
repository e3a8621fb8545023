// phasecore tile: one crossbar, characterised.
#include "sim/tile/tile.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/command.hpp"
#include "common/diagnostics.hpp"
#include "common/files.hpp"
#include "common/json_text.hpp"
#include "common/progress.hpp"
#include "common/table.hpp"
#include "common/text.hpp"
#include "common/units.hpp"
#include "sim/config/chip.hpp"
#include "sim/report/tile.hpp"

namespace phasecore::app {
namespace {

namespace po = boost::program_options;

constexpr std::chrono::seconds kLong{3};  // what ends within it shows no progress

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
      "of drift, by readouts: none, gdc, gdc-column");
  add("readout-inputs", po::value<std::string>()->default_value("one-hot"),
      "of the compensation, at full input: one-hot, or random-signs (all inputs, so that outputs use the "
      "range)");
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
      "with --range saturation or --line-limit: shipped name or FILE.yaml (default: hermes-mesh)");
  add("out-noise", po::value<double>()->default_value(0),
      "standard deviation of the output noise, in the same unit");
  add("input-scale", po::value<std::string>()->default_value("none"),
      "before the DAC, which takes -1 .. 1: none, largest (of all vectors), abs-max (each vector its own)");
  add("bound-management", po::value<std::string>()->default_value("none"),
      "none, or iterative: vectors whose outputs reach the bound are repeated with halved inputs");
  add("ir-drop", po::bool_switch(),
      "voltage lost along the wires of 0.35 ohm per cell, as aihwkit models it");
  add("line-limit", po::bool_switch(),
      "no line carries more than the saturation current of --chip in any phase and polarity");
  add("read-mode", po::value<std::string>()->default_value("4-phase"),
      "4-phase: inputs and devices of each sign by themselves; 1-phase: all at once");
  add("polarity-error", po::value<double>()->default_value(0),
      "1-phase: share by which currents against the polarity that devices are verified with are too small");
  add("seed", po::value<int>()->default_value(0), "seed of every random number");
  add("json", po::bool_switch(), "print one JSON document instead of the table");
  add("out", po::value<std::string>(), "write tile.json and tile.csv to this directory");
  return o;
}

/// Tries one option after the other, so that all that is wrong is told at once.
class Options {
 public:
  explicit Options(const po::variables_map& given) : given_(given) {}

  /// `set` reads what belongs together; what it finds wrong is noted.
  template <class Set>
  void take(const Set& set) {
    try {
      set();
    } catch (const common::InputError& error) {
      for (const common::Diagnostic& problem : error.diagnostics()) problems_.add(problem);
    }
  }
  void refuse(std::string problem) { problems_.add({}, std::move(problem)); }
  void raise_if_any() const { problems_.raise_if_any(); }

  bool has(const char* name) const { return given_.count(name) > 0; }
  template <class T>
  T get(const char* name) const {
    return given_[name].as<T>();
  }
  std::string text(const char* name) const { return get<std::string>(name); }

  /// The number of the one of `allowed` that is given.
  std::size_t choice(const char* name, const std::vector<std::string>& allowed) const {
    const auto found = std::find(allowed.begin(), allowed.end(), text(name));
    if (found == allowed.end())
      throw common::InputError(
          fmt::format("--{} is '{}'; allowed are {}", name, text(name), fmt::join(allowed, ", ")));
    return static_cast<std::size_t>(found - allowed.begin());
  }

 private:
  const po::variables_map& given_;
  common::Diagnostics problems_;
};

/// Largest output that a line of the chip carries.
double most_of_a_line(const Options& o, const config::Device& device) {
  const config::Chip chip = config::load_chip(o.has("chip") ? o.text("chip") : std::string("hermes-mesh"));
  return chip.adc.saturation_ua / (chip.crossbar.read_voltage_v * device.g_max_us);
}

/// Each kind of range has an option of its own.
void choose_range(Options& o, const config::Device& device, tile::Converters& c) {
  const std::vector<std::string> ranges = {"bound", "calibrated", "saturation"};
  const std::string range = ranges[o.choice("range", ranges)];
  const bool limited = o.get<bool>("line-limit");
  const std::pair<const char*, bool> belong[] = {{"out-bound", range == "bound"},
                                                 {"range-quantile", range == "calibrated"},
                                                 {"chip", range == "saturation" || limited}};
  const char* homes[] = {"--range bound", "--range calibrated", "--range saturation and --line-limit"};
  for (std::size_t i = 0; i < std::size(belong); ++i)
    if (o.has(belong[i].first) && !belong[i].second)
      o.refuse(fmt::format("--{} belongs to {}, not to --range {}", belong[i].first, homes[i], range));
  if (range == "bound") {
    if (c.adc_bits == 0) c.out_bound.reset();
    if (o.has("out-bound")) c.out_bound = o.get<double>("out-bound");
  } else if (range == "calibrated") {
    c.out_bound.reset();
    c.out_quantile = o.has("range-quantile") ? o.get<double>("range-quantile") : 0.999;
  }
  if (range != "saturation" && !limited) return;
  const double most = most_of_a_line(o, device);
  if (range == "saturation") c.out_bound = most;
  if (limited) c.line_limit = most;
}

tile::Converters converters_of(Options& o, const config::Device& device) {
  tile::Converters c;
  c.dac_bits = o.get<int>("dac-bits");
  c.adc_bits = o.get<int>("adc-bits");
  o.take([&] { choose_range(o, device, c); });
  c.out_noise = o.get<double>("out-noise");
  c.ir_drop = o.get<bool>("ir-drop");
  o.take([&] {
    c.read_mode = o.choice("read-mode", {"1-phase", "4-phase"}) == 0 ? config::ReadMode::OnePhase
                                                                     : config::ReadMode::FourPhase;
  });
  c.polarity_error = o.get<double>("polarity-error");
  o.take([&] { c.input_scale = tile::parse_input_scale(o.text("input-scale")); });
  o.take([&] { c.iterative_bound = o.choice("bound-management", {"none", "iterative"}) == 1; });
  o.take([&] { tile::check(c); });
  return c;
}

/// What is not given fits what is.
void choose_matrices(Options& o, tile::Request& r) {
  std::optional<tile::Matrix> weights, inputs;
  if (o.has("weights")) o.take([&] { weights = tile::read_matrix(o.text("weights")); });
  if (o.has("inputs")) o.take([&] { inputs = tile::read_matrix(o.text("inputs")); });
  o.raise_if_any();
  tile::choose_matrices(std::move(weights), std::move(inputs), r);
}

tile::Request request_of(const po::variables_map& given) {
  Options o(given);
  tile::Request r;
  o.take([&] { r.seed = static_cast<std::uint64_t>(at_least(o.get<int>("seed"), 0, "--seed")); });
  o.take([&] { r.instances = between(o.get<int>("instances"), 1, kMostInstances, "--instances"); });
  o.take([&] { r.mode = tile::parse_mode(o.text("mode")); });
  o.take([&] {
    o.choice("compensation", {"none", "gdc", "gdc-column"});
    r.compensation = analog::parse_compensation(o.text("compensation"));
  });
  o.take([&] {
    r.readout_inputs = o.choice("readout-inputs", {"one-hot", "random-signs"}) == 0
                           ? config::ReadoutInputs::OneHot
                           : config::ReadoutInputs::RandomSigns;
  });
  for (const std::string& time : split_commas(o.text("times")))
    o.take([&] { r.times_s.push_back(common::parse_duration_s(time)); });
  o.take([&] { r.device = config::load_device(o.text("device")); });
  r.converters = converters_of(o, r.device);
  choose_matrices(o, r);
  return r;
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
  const common::Table table = report::tile_table(result);
  const std::string document = common::json_text(report::to_json(request, result), 1) + "\n";
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
