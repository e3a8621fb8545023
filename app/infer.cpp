// phasecore infer: the user's own tensors through a network, in float or as the mapped chip computes it.
#include "models/graph/infer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iostream>

#include "app/command.hpp"
#include "app/models.hpp"
#include "common/files.hpp"
#include "common/npy.hpp"
#include "common/text.hpp"
#include "common/units.hpp"
#include "models/graph/ops/input.hpp"
#include "models/graph/ops/softmax.hpp"
#include "sim/mapping/mapping.hpp"
#include "sim/numerics/executor.hpp"
#include "sim/numerics/health.hpp"

namespace phasecore::app {
namespace {

namespace po = boost::program_options;

graph::Batch read_input(const std::string& path, const graph::Network& network) {
  const common::NpyArray array = common::read_npy(path);
  const graph::Shape& shape = network.input().shape;
  graph::Shape given(array.shape.begin(), array.shape.end());
  graph::Batch batch;
  batch.shape = shape;
  if (given == shape) {
    batch.samples = 1;
  } else if (given.size() == shape.size() + 1 && graph::Shape(given.begin() + 1, given.end()) == shape) {
    batch.samples = given[0];
  } else {
    throw common::InputError(path + " has shape " + graph::to_string(given) + "; expected Nx" +
                             graph::to_string(shape) + " or " + graph::to_string(shape));
  }
  batch.values = array.values;
  for (std::size_t i = 0; i < batch.values.size(); ++i)
    if (!std::isfinite(batch.values[i]))
      throw common::InputError(fmt::format("{} holds {} at index {}", path, batch.values[i], i));
  return batch;
}

/// Y.npy, or Y_0.npy, Y_1.npy, ... for several outputs.
std::string output_path(const std::string& path, std::size_t index, std::size_t count) {
  if (count == 1) return path;
  const std::filesystem::path p(path);
  return (p.parent_path() / fmt::format("{}_{}{}", p.stem().string(), index, p.extension().string()))
      .string();
}

void write_output(const std::string& path, int samples, const graph::Shape& shape,
                  std::vector<float> values) {
  common::NpyArray array;
  array.shape = {samples};
  array.shape.insert(array.shape.end(), shape.begin(), shape.end());
  array.values = std::move(values);
  common::write_file_atomically(path, common::npy_bytes(array));
  std::cout << common::printable(path) << ": " << samples << "x" << graph::to_string(shape) << "\n";
}

void warn(const std::string& what) {
  std::cerr << "warning: " << common::printable(what) << "\n";
}

struct ChipInference {
  config::Chip chip;
  config::Device device;
  analog::Compensation compensation;
  std::string data;
  double time_s;
  std::uint32_t instance;
  std::uint64_t seed;
};

/// What follows the logits (Softmax) is done by the host, exactly: the same layers as in the float network.
std::vector<float> apply_host_tail(const mapping::Mapping& map, const graph::Shape& shape, int samples,
                                   std::vector<float> logits) {
  if (map.host_tail.empty()) return logits;
  graph::Network tail;
  tail.name = "host";
  tail.layers.emplace_back("logits", graph::Input(shape), std::vector<int>{});
  for (const auto& name : map.host_tail) {
    tail.layers.emplace_back(name, graph::Softmax(),
                             std::vector<int>{static_cast<int>(tail.layers.size()) - 1});
  }
  tail.outputs = {static_cast<int>(tail.layers.size()) - 1};
  return graph::infer(graph::build(tail), {samples, shape, std::move(logits)})[0].values;
}

/// Outputs of the mapped chip and its host, one programming instance at one time.
std::vector<float> infer_on_chip(const graph::Network& network, const graph::Batch& input,
                                 const ChipInference& c) {
  const mapping::Mapping map = mapping::map(network, c.chip);
  graph::Batch calibration_images = input;
  if (c.data == "none") {
    std::cerr << "note: no data set (--data): scales are calibrated on the input itself\n";
  } else {
    const auto calibration = data::load(c.data, data::Part::Calibration);
    calibration_images = calibration.batch(0, calibration.size());
  }
  const auto calibration = numerics::calibrate(network, map, c.chip, calibration_images);
  for (const std::string& w : calibration.warnings) warn(w);
  const numerics::Executor executor(map, c.chip, c.device, calibration);
  auto states = executor.programmed(c.seed, c.instance, {c.time_s}, c.compensation);
  if (c.compensation == analog::Compensation::AdaBs)
    executor.recalibrate(states[0], network, calibration_images);
  const std::vector<float> logits = executor.logits(states[0], input, 0);
  numerics::Health health(map.stages.size());
  executor.logits(executor.ideal(), input, 0, &health);
  for (const std::string& w : numerics::warnings(health, executor)) warn(w);
  if (!numerics::all_finite(logits.data(), logits.size())) warn("outputs on the chip are infinite or NaN");
  return apply_host_tail(map, network.layers[network.outputs.front()].shape, input.samples, logits);
}

/// Float outputs, one batch for each. Throws InputError where the chip would, too: batch norms that cannot be
/// folded.
std::vector<graph::Batch> infer_float(const graph::Network& network, const graph::Batch& input) {
  graph::fold_batch_norm(network);
  const std::vector<graph::Batch> results = graph::infer(network, input);
  const std::size_t volume = static_cast<std::size_t>(graph::volume(input.shape));
  int first = -1;
  std::int64_t overflows = 0;
  for (int s = 0; s < input.samples; ++s)
    if (std::any_of(results.begin(), results.end(), [s](const graph::Batch& b) {
          const auto values = static_cast<std::size_t>(graph::volume(b.shape));
          return !numerics::all_finite(b.values.data() + s * values, values);
        })) {
      ++overflows;
      if (first < 0) first = s;
    }
  if (overflows > 0) {
    const auto image = input.values.begin() + static_cast<std::ptrdiff_t>(first * volume);
    warn(numerics::float_overflow_warning(network, {1, input.shape, {image, image + volume}}, overflows,
                                          input.samples));
  }
  return results;
}

}  // namespace

int run_infer(const Arguments& arguments) {
  po::options_description options;
  auto add = options.add_options();
  add("model", po::value<std::string>(), "the network: FILE.onnx or zoo:NAME");
  add("input", po::value<std::string>()->required(), "NPY of shape Nx<input> or <input>");
  add("output", po::value<std::string>()->required(),
      "NPY to write (several outputs: Y_0.npy, Y_1.npy, ...)");
  add("chip", po::value<std::string>(),
      "compute as this chip does (shipped name or FILE.yaml); without it: float");
  add("set", po::value<std::vector<std::string>>()->composing(), "change a key of the chip");
  add("device", po::value<std::string>(), "PCM devices (default: the chip's)");
  add("data", po::value<std::string>(),
      "data set for calibration (default: the one the network names, or none)");
  add("compensation", po::value<std::string>()->default_value("gdc"), "none, gdc, gdc-column, adabs");
  add("time", po::value<std::string>()->default_value("1s"), "readout time after programming");
  add("instance", po::value<int>()->default_value(0), "programming instance");
  add("seed", po::value<int>()->default_value(0), "seed of every random number");
  po::positional_options_description positional;
  positional.add("model", 1);
  po::variables_map v;
  if (parse(command("infer"), arguments, options, positional, v)) return 0;
  if (v.count("model") == 0)
    throw common::InputError("no model given; usage: phasecore infer MODEL --input X.npy ...");
  const Model model = load_model(v["model"].as<std::string>());
  require_trained(model, "infer needs them");
  const graph::Network& network = model.network;
  const graph::Batch input = read_input(v["input"].as<std::string>(), network);
  const auto output = v["output"].as<std::string>();
  std::vector<std::string> inputs;
  for (const char* option : {"model", "input", "chip", "device"})
    if (v.count(option)) inputs.push_back(v[option].as<std::string>());
  for (std::size_t i = 0; i < network.outputs.size(); ++i)
    check_output(output_path(output, i, network.outputs.size()), inputs);

  if (v.count("chip") == 0) {
    for (const char* option : {"set", "device", "data"})
      if (v.count(option)) throw common::InputError(std::string("--") + option + " needs --chip");
    for (const char* option : {"compensation", "time", "instance", "seed"})
      if (!v[option].defaulted()) throw common::InputError(std::string("--") + option + " needs --chip");
    const auto results = infer_float(network, input);
    for (std::size_t i = 0; i < results.size(); ++i)
      write_output(output_path(output, i, results.size()), input.samples, results[i].shape,
                   results[i].values);
    return 0;
  }
  ChipInference c;
  c.chip =
      config::load_chip(v["chip"].as<std::string>(), v.count("set") ? v["set"].as<std::vector<std::string>>()
                                                                    : std::vector<std::string>{});
  c.device = config::load_device(v.count("device") ? v["device"].as<std::string>() : c.chip.device);
  c.compensation = analog::parse_compensation(v["compensation"].as<std::string>());
  c.data = v.count("data") ? v["data"].as<std::string>() : default_data(network);
  c.time_s = common::parse_duration_s(v["time"].as<std::string>());
  for (const char* option : {"instance", "seed"})
    if (v[option].as<int>() < 0)
      throw common::InputError(std::string("--") + option + " must not be negative");
  c.instance = static_cast<std::uint32_t>(v["instance"].as<int>());
  c.seed = static_cast<std::uint64_t>(v["seed"].as<int>());
  write_output(output, input.samples, network.layers[network.outputs.front()].shape,
               infer_on_chip(network, input, c));
  return 0;
}

}  // namespace phasecore::app
