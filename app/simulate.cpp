// phasecore simulate: accuracy, latency and energy of a network on a chip, layer by layer.
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>

#include "app/command.hpp"
#include "common/files.hpp"
#include "common/json_text.hpp"
#include "common/process/jobs.hpp"
#include "common/progress.hpp"
#include "common/text.hpp"
#include "sim/config/mapping_file.hpp"
#include "sim/report/files.hpp"
#include "sim/report/json.hpp"
#include "sim/report/text.hpp"
#include "sim/session/session.hpp"

namespace phasecore::app {
namespace {

namespace po = boost::program_options;

po::options_description simulate_options() {
  const session::Settings defaults = session::default_settings();
  const auto with_default = [](const std::string& what, const auto& value, const std::string& more = "") {
    return fmt::format("{} (default {}{})", what, value, more);
  };
  po::options_description o;
  auto add = o.add_options();
  add("model", po::value<std::string>(), "the network: FILE.onnx or zoo:NAME (also as the first argument)");
  add("chip", po::value<std::string>()->default_value("hermes-mesh"), "shipped chip or FILE.yaml");
  add("set", po::value<std::vector<std::string>>()->composing(),
      "change a key of the chip: --set adc.bits=8 (repeatable; keys: phasecore describe chip; a layer's name "
      "with dots is "
      "quoted: --set 'layers.\"block1.conv1\".digital=true')");
  add("mapping", po::value<std::string>(),
      "how layers are mapped: a file that `phasecore map --out` has written");
  add("device", po::value<std::string>(), "PCM devices: shipped name or FILE.yaml (default: the chip's)");
  add("data", po::value<std::string>(),
      "data set, as fashion-mnist, cifar10:DIR, images:DIR, npz:FILE.npz (docs/data.md), or none (default: "
      "the one the network names)");
  add("normalise", po::value<std::string>(),
      "MEAN,..:STD,.. per channel instead of the set's own normalisation; pixels of image formats are scaled "
      "to 0..1 first, arrays are taken as they are (default: the model's metadata, or the set's own)");
  add("samples", po::value<int>(),
      with_default("test images", defaults.samples, ", or as many as there are").c_str());
  add("times", po::value<std::string>(),
      with_default("readout times after programming", fmt::format("{}", fmt::join(defaults.times, ",")))
          .c_str());
  add("instances", po::value<int>(), with_default("programming instances", defaults.instances).c_str());
  add("compensation", po::value<std::string>(),
      with_default("drift compensation: none, gdc, gdc-column, adabs", defaults.compensation).c_str());
  add("layer-samples", po::value<int>(),
      with_default("test images for the figures per layer, at most --samples", defaults.layer_samples,
                   ", 0: no such figures")
          .c_str());
  add("layer-instances", po::value<int>(),
      with_default("instances for the figures per layer", defaults.layer_instances).c_str());
  add("layer-time", po::value<std::string>(),
      with_default("readout time for the figures per layer", defaults.layer_time).c_str());
  add("engine", po::value<std::string>(),
      "chip: cycle-level SystemC; analytic: lower bound without contention");
  add("no-extrapolation", po::bool_switch(),
      "simulate all images that pass back to back, even when the chip is seen to repeat itself; the figures "
      "are the same");
  add("functional", po::bool_switch(), "also carry the values through the chip and compare its logits");
  add("random-weights", po::bool_switch(), "random weights of the same shapes: latency and energy only");
  add("config", po::value<std::string>(), "repeat a simulation from its config.resolved.yaml");
  add("seed", po::value<int>(), "seed of every random number (default 0)");
  add("max-firings", po::value<double>()->default_value(1e7),
      "refuse a network whose cores compute more often per image (0: no limit); a long run says at the "
      "start what it costs");
  add("workers", po::value<int>()->default_value(process::available_processors()), "processes");
  add("trace", po::value<std::string>(),
      "write what a run does in time: FILE.pftrace for ui.perfetto.dev, FILE.vcd for waveforms");
  add("trace-images", po::value<int>(), "images of the run that --trace shows, back to back (default 1)");
  add("json", po::bool_switch(), "print report.json instead of tables");
  add("out", po::value<std::string>(),
      "write report.json, report.html, layers.csv, config.resolved.yaml to this directory");
  return o;
}

session::Settings settings_from_options(const po::variables_map& v) {
  if (v.count("model") == 0)
    throw common::InputError("no model given; usage: phasecore simulate MODEL [options]");
  session::Settings s = session::default_settings();
  s.model = v["model"].as<std::string>();
  const auto assignments =
      v.count("set") ? v["set"].as<std::vector<std::string>>() : std::vector<std::string>{};
  s.chip = config::load_chip(v["chip"].as<std::string>(), assignments);
  if (v.count("device")) s.chip.use_device(v["device"].as<std::string>());
  s.device = config::device_of(s.chip);
  if (v.count("data")) s.data = v["data"].as<std::string>();
  if (v.count("normalise")) s.normalise = v["normalise"].as<std::string>();
  if (v.count("samples")) s.samples = at_least(v["samples"].as<int>(), 1, "--samples");
  if (v.count("times")) s.times = split_commas(v["times"].as<std::string>());
  if (v.count("instances")) s.instances = between(v["instances"].as<int>(), 1, kMostInstances, "--instances");
  if (v.count("compensation")) s.compensation = v["compensation"].as<std::string>();
  if (v.count("layer-samples")) {
    const int samples = at_least(v["layer-samples"].as<int>(), 0, "--layer-samples");
    s.layer_figures = samples > 0;
    if (samples > 0) s.layer_samples = samples;
  }
  if (v.count("layer-instances"))
    s.layer_instances = between(v["layer-instances"].as<int>(), 1, kMostInstances, "--layer-instances");
  if (v.count("layer-time")) s.layer_time = v["layer-time"].as<std::string>();
  if (v.count("engine")) {
    const auto name = v["engine"].as<std::string>();
    if (name != "chip" && name != "analytic")
      throw common::InputError("--engine is '" + name + "'; allowed are chip, analytic");
    s.engine = name == "chip" ? run::Engine::Chip : run::Engine::Analytic;
  }
  s.functional = v["functional"].as<bool>();
  s.random_weights = v["random-weights"].as<bool>();
  if (v.count("seed")) s.seed = at_least(v["seed"].as<int>(), 0, "--seed");
  return s;
}

/// With --config everything comes from the file.
session::Settings settings_from_file(const po::variables_map& v) {
  for (const char* option :
       {"model", "set", "mapping", "device", "data", "normalise", "samples", "times", "instances",
        "compensation", "layer-samples", "layer-instances", "layer-time", "engine", "seed"})
    if (v.count(option))
      throw common::InputError(std::string("--config cannot be combined with --") + option +
                               "; edit a copy of the file instead");
  if (!v["chip"].defaulted() || v["functional"].as<bool>() || v["random-weights"].as<bool>())
    throw common::InputError("--config cannot be combined with --chip, --functional or --random-weights");
  return session::load_settings(v["config"].as<std::string>());
}

/// Where to write the waveforms. Throws InputError where nothing could be traced or a result would be mixed
/// with them.
std::string trace_path(const po::variables_map& v, const session::Settings& settings) {
  const std::string path = v["trace"].as<std::string>();
  if (path.empty()) throw common::InputError("--trace needs a file name");
  if (settings.engine == run::Engine::Analytic)
    throw common::InputError("--trace needs --engine chip: the analytic engine has no waveforms");
  namespace fs = std::filesystem;
  std::error_code unknown;  // what cannot be found is not in the result directory
  const fs::path folder = fs::weakly_canonical(fs::path(path).parent_path() / ".", unknown);
  if (v.count("out") && !folder.empty() &&
      folder == fs::weakly_canonical(fs::path(v["out"].as<std::string>()) / ".", unknown))
    throw common::InputError("--trace must not lie in the result directory '" + v["out"].as<std::string>() +
                             "'");
  std::vector<std::string> inputs;
  const auto add = [&](const std::vector<std::string>& files) {
    inputs.insert(inputs.end(), files.begin(), files.end());
  };
  if (const auto model = session::model_file(settings.model)) add({*model});
  if (v.count("config"))
    add({v["config"].as<std::string>()});
  else
    add(session::settings_read(v["chip"].as<std::string>(), settings.chip));
  if (v.count("mapping")) add({v["mapping"].as<std::string>()});
  common::check_output(path, inputs);
  const std::string ending = fs::path(path).extension().string();
  if (ending != ".pftrace" && ending != ".vcd")
    throw common::InputError("--trace is '" + path + "'; its ending says the format: .pftrace or .vcd");
  return path;
}

/// Before the run: will its settings be readable as --config? Names of files may hold any bytes, YAML may
/// not.
void check_readable_again(const session::Settings& settings) {
  common::Diagnostics diagnostics;
  common::parse_yaml(common::dump_fields(settings), "config.resolved.yaml", diagnostics);
  if (!diagnostics.empty())
    throw common::InputError("the settings cannot be written so that --config reads them again: " +
                             diagnostics.list()[0].message);
}

/// Settings with what only the command line says.
run::Options options_of(const po::variables_map& v, const session::Settings& settings) {
  run::Options options = session::to_options(settings);
  options.workers = at_least(v["workers"].as<int>(), 1, "--workers");
  options.extrapolate = !v["no-extrapolation"].as<bool>();
  if (!options.extrapolate && settings.engine == run::Engine::Analytic)
    throw common::InputError(
        "--no-extrapolation needs --engine chip: the analytic engine simulates no images");
  if (v.count("trace")) options.trace_path = trace_path(v, settings);
  if (v.count("trace-images")) {
    if (v.count("trace") == 0) throw common::InputError("--trace-images needs --trace");
    options.trace_images = between(v["trace-images"].as<int>(), 1, 1000, "--trace-images");
  }
  if (settings.functional && settings.engine == run::Engine::Analytic)
    throw common::InputError("--functional needs --engine chip: the analytic engine carries no values");
  return options;
}

std::int64_t most_firings(const po::variables_map& v) {
  const double most = v["max-firings"].as<double>();
  if (!(most >= 0 && most <= 1e15))
    throw common::InputError(fmt::format("--max-firings is {}; allowed is 0 to 1e15", most));
  return static_cast<std::int64_t>(most);
}

session::Request request_of(const po::variables_map& v, const session::Settings& settings) {
  session::Request request;
  request.settings = settings;
  const bool repeats = v.count("config") > 0;
  if (repeats) request.repeats = v["config"].as<std::string>();
  request.names_data = repeats || v.count("data") > 0;
  request.counts_samples = repeats || v.count("samples") > 0;
  if (v.count("mapping") == 0) return request;
  if (v.count("set")) session::refuse_objective(v["set"].as<std::vector<std::string>>());
  request.mapping = config::load_mapping_file(v["mapping"].as<std::string>());
  return request;
}

/// What a run shows of how it gets on while this lives.
class Display {
 public:
  explicit Display(run::Options& options) {
    options.on_cost = [](const std::string& cost) { std::cerr << "note: " << cost << std::endl; };
    options.on_firings = [this](std::size_t ended, std::size_t all) {
      constexpr std::chrono::seconds kLong{3};  // a chip run that ends within it shows nothing
      if (!chip_) chip_.emplace("chip, firings", all, true, kLong);
      chip_->update(ended);
    };
    options.accuracy.on_progress = [this](std::size_t done, std::size_t total) {
      if (!accuracy_) accuracy_.emplace("accuracy", total, true);
      accuracy_->update(done);
    };
  }
  Display(const Display&) = delete;
  Display& operator=(const Display&) = delete;

 private:
  std::optional<common::Progress> accuracy_, chip_;  // the chip's goes first
};

run::Report displayed(const session::Session& session, run::Options options, run::ChipRunner& chips) {
  const Display display(options);
  return session.simulate(options, chips);
}

void print(const po::variables_map& v, const run::Report& report, const std::string& document) {
  const bool json = v["json"].as<bool>();
  // Whoever reads the text report finds them there.
  if (json || isatty(STDOUT_FILENO) == 0)
    for (const std::string& w : report.warnings) std::cerr << "warning: " << common::printable(w) << "\n";
  std::cout << (json ? document + "\n" : report::to_text(report));
}

}  // namespace

int run_simulate(const Arguments& arguments) {
  const auto start = std::chrono::steady_clock::now();
  po::positional_options_description positional;
  positional.add("model", 1);
  po::variables_map values;
  if (parse(command("simulate"), arguments, simulate_options(), positional, values)) return 0;

  run::ChipRunner chips;  // forks its small template process before anything grows
  const session::Settings settings =
      values.count("config") ? settings_from_file(values) : settings_from_options(values);
  run::Options options = options_of(values, settings);
  std::optional<common::OutputDirectory> out;
  if (values.count("out")) out.emplace(values["out"].as<std::string>(), report::result_names());

  session::Session session(request_of(values, settings));
  note(session.notes());
  if (out) check_readable_again(session.settings());
  session.load_images();
  options.most_firings = most_firings(values);
  run::Report report = displayed(session, options, chips);
  if (values.count("config") == 0) report.chip_argument = values["chip"].as<std::string>();

  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  const std::string document = common::json_text(report::to_json(report, {wall.count()}), 1);
  if (out) report::write_results(*out, report, {document, common::dump_fields(session.settings())});
  print(values, report, document);
  if (values["json"].as<bool>()) return 0;
  if (!session.has_images() && !settings.random_weights && values.count("data") == 0)
    std::cout << "No accuracy: the network names no data set; give your images with --data (docs/data.md)\n";
  if (out) std::cout << "Written: " << common::printable(values["out"].as<std::string>()) << "\n";
  return 0;
}

}  // namespace phasecore::app
