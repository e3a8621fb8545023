// phasecore infer: the user's own tensors through a network, in float or as the mapped chip computes it.
#include "models/graph/infer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <limits>
#include <optional>

#include "app/command.hpp"
#include "common/files.hpp"
#include "common/npy.hpp"
#include "common/text.hpp"
#include "common/units.hpp"
#include "models/graph/fold.hpp"
#include "models/onnx/input_axes.hpp"
#include "sim/numerics/health.hpp"
#include "sim/session/infer.hpp"
#include "sim/session/models.hpp"

namespace phasecore::app {
namespace {

namespace po = boost::program_options;

/// An array for input number `input` of the network, as it is or normalised.
graph::Batch read_input(const std::string& path, const graph::Network& network, int input,
                        const std::optional<data::Normalisation>& normalisation) {
  const common::NpyArray array = common::read_npy(path);
  const graph::Shape shape = input == 0 ? onnx::exported_input_shape(network) : network.layers[input].shape;
  graph::Shape given(array.shape.begin(), array.shape.end());
  const graph::Shape of_one(given.begin() + (given.empty() ? 0 : 1), given.end());
  graph::Batch batch;
  batch.shape = shape;
  const bool is_batch = given != shape && given.size() > 1 && data::same_values(of_one, shape);
  if (!is_batch && !data::same_values(given, shape))
    throw common::InputError(path + " has shape " + graph::to_string(given) + "; expected Nx" +
                             graph::to_string(shape) + " or " + graph::to_string(shape) +
                             data::layout_hint(of_one, shape));
  batch.samples = is_batch ? given[0] : 1;
  batch.values = array.values;
  for (std::size_t i = 0; i < batch.values.size(); ++i)
    if (!std::isfinite(batch.values[i]))
      throw common::InputError(fmt::format("{} holds {} at index {}", path, batch.values[i], i));
  if (input == 0) batch = onnx::in_network_axes(network, std::move(batch));
  if (normalisation) data::normalise(*normalisation, network.layers[input].shape, batch.values);
  return batch;
}

/// One array for each input: FILE in their order, NAME=FILE for the one of that name.
std::vector<graph::Batch> read_inputs(const std::vector<std::string>& given, const graph::Network& network,
                                      const std::optional<data::Normalisation>& normalisation) {
  if (normalisation && network.inputs() > 1)
    throw common::InputError(
        fmt::format("--normalise is for networks of one input; '{}' has {}", network.name, network.inputs()));
  std::vector<std::string> files(network.inputs()), rest, names;
  for (int i = 0; i < network.inputs(); ++i) names.push_back(network.layers[i].name);
  for (const std::string& text : given) {
    const std::string before = text.substr(0, text.find('='));
    const auto name = std::find(names.begin(), names.end(), before);
    if (text.find('=') == std::string::npos || name == names.end()) {
      if (std::error_code none; before != text && !std::filesystem::exists(text, none))
        throw common::InputError(
            fmt::format("--input {}: there is no file of this name, and no input '{}'; "
                        "the inputs of '{}' are {}",
                        text, before, network.name, fmt::join(names, ", ")));
      rest.push_back(text);
      continue;
    }
    std::string& file = files[static_cast<std::size_t>(name - names.begin())];
    if (!file.empty()) throw common::InputError("input '" + *name + "' is given twice");
    file = text.substr(name->size() + 1);
  }
  auto next = rest.begin();
  for (std::string& file : files)
    if (file.empty() && next != rest.end()) file = *next++;
  if (next != rest.end() || std::count(files.begin(), files.end(), ""))
    throw common::InputError(fmt::format("network '{}' takes {} input{} ({}); --input is given {} time{}",
                                         network.name, names.size(), names.size() == 1 ? "" : "s",
                                         fmt::join(names, ", "), given.size(), given.size() == 1 ? "" : "s"));
  std::vector<graph::Batch> batches;
  for (int i = 0; i < network.inputs(); ++i)
    batches.push_back(read_input(files[i], network, i, normalisation));
  return batches;
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

/// What the scales of the chip are measured on: --calibration, or a data set, or the input itself.
graph::Batch calibration_images(const po::variables_map& v, const session::Model& model,
                                const graph::Batch& input,
                                const std::optional<data::Normalisation>& of_input) {
  if (v.count("calibration")) {
    if (v.count("data")) throw common::InputError("give either --calibration or --data");
    return read_input(v["calibration"].as<std::string>(), model.network, 0, of_input);
  }
  const std::string spec =
      v.count("data") ? v["data"].as<std::string>() : session::default_data(model.network);
  if (spec == "none") {
    std::cerr
        << "note: no --calibration and no data set (--data): scales are calibrated on the input itself\n";
    return input;
  }
  const data::Reading reading = session::reading_for(
      model.network, of_input ? of_input : session::chosen_normalisation({}, model.network));
  const auto set = data::load(spec, data::Part::Calibration, 0, reading);
  if (set.shape != input.shape)
    throw common::InputError(fmt::format("data set '{}' has images of {}; the network reads {}{}", set.name,
                                         graph::to_string(set.shape), graph::to_string(input.shape),
                                         data::layout_hint(set.shape, input.shape)));
  return set.batch(0, set.size());
}

/// How many samples have an output that is not finite, and which is the first (-1: none).
std::pair<std::int64_t, int> count_overflows(const std::vector<graph::Batch>& results) {
  std::int64_t overflows = 0;
  int first = -1;
  for (int s = 0; s < results.front().samples; ++s) {
    const bool finite = std::all_of(results.begin(), results.end(), [s](const graph::Batch& b) {
      const auto values = static_cast<std::size_t>(graph::volume(b.shape));
      return numerics::all_finite(b.values.data() + s * values, values);
    });
    if (finite) continue;
    if (overflows++ == 0) first = s;
  }
  return {overflows, first};
}

/// Float outputs, one batch for each. Throws InputError where the chip would, too: batch norms that cannot be
/// folded.
std::vector<graph::Batch> infer_float(const graph::Network& network,
                                      const std::vector<graph::Batch>& inputs) {
  graph::fold(network);
  const std::vector<graph::Batch> results = graph::infer(network, inputs);
  const auto [overflows, first] = count_overflows(results);
  const int samples = results.front().samples;
  if (overflows > 0 && inputs.size() > 1) {
    warn(fmt::format("outputs are infinite or NaN for {} of {} samples", overflows, samples));
  } else if (overflows > 0) {
    const graph::Batch& input = inputs.front();
    const auto volume = static_cast<std::size_t>(graph::volume(input.shape));
    const auto image = input.values.begin() + static_cast<std::ptrdiff_t>(first * volume);
    warn(numerics::float_overflow_warning(network, {1, input.shape, {image, image + volume}}, overflows,
                                          samples));
  }
  return results;
}

config::Chip chip_from_options(const po::variables_map& v) {
  config::Chip chip =
      config::load_chip(v["chip"].as<std::string>(), v.count("set") ? v["set"].as<std::vector<std::string>>()
                                                                    : std::vector<std::string>{});
  if (v.count("device")) chip.use_device(v["device"].as<std::string>());
  return chip;
}

std::vector<std::string> files_read(const po::variables_map& v, const session::Model& model,
                                    const std::optional<config::Chip>& chip) {
  std::vector<std::string> files;
  if (!model.file.empty()) files.push_back(model.file);
  for (const std::string& input : v["input"].as<std::vector<std::string>>())
    for (const std::string& file : {input, input.substr(input.find('=') + 1)}) files.push_back(file);
  if (!chip) return files;
  const auto settings = session::settings_read(v["chip"].as<std::string>(), *chip);
  files.insert(files.end(), settings.begin(), settings.end());
  return files;
}

}  // namespace

int run_infer(const Arguments& arguments) {
  po::options_description options;
  auto add = options.add_options();
  add("model", po::value<std::string>(), "the network: FILE.onnx or zoo:NAME");
  add("input", po::value<std::vector<std::string>>()->required()->composing(),
      "NPY of shape Nx<input> or <input>; several inputs: once for each, FILE or NAME=FILE");
  add("output", po::value<std::string>()->required(),
      "NPY to write (several outputs: Y_0.npy, Y_1.npy, ...)");
  add("chip", po::value<std::string>(),
      "compute as this chip does (shipped name or FILE.yaml); without it: float");
  add("set", po::value<std::vector<std::string>>()->composing(), "change a key of the chip");
  add("device", po::value<std::string>(), "PCM devices (default: the chip's)");
  add("data", po::value<std::string>(),
      "data set for calibration (default: the one the network names, or none)");
  add("calibration", po::value<std::string>(), "NPY of images for calibration, shaped as --input");
  add("normalise", po::value<std::string>(),
      "MEAN,..:STD,.. per channel: --input and --calibration are normalised so (default: taken as they are), "
      "and --data in place of the set's own (default: the model's metadata, or the set's own)");
  add("first-image", po::value<int>()->default_value(0),
      "number of the first image of --input: image N alone sees the noise that it sees in a batch");
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
  const session::Model model = session::load_model(v["model"].as<std::string>());
  note(model.notes);
  session::require_trained(model, "infer needs them");
  const graph::Network& network = model.network;
  std::optional<data::Normalisation> of_input;
  if (v.count("normalise"))
    of_input = data::parse_normalisation(v["normalise"].as<std::string>(), "--normalise");
  const std::vector<graph::Batch> inputs =
      read_inputs(v["input"].as<std::vector<std::string>>(), network, of_input);
  const auto output = v["output"].as<std::string>();
  std::optional<config::Chip> chip;
  if (v.count("chip")) chip = chip_from_options(v);
  const std::vector<std::string> read = files_read(v, model, chip);
  for (std::size_t i = 0; i < network.outputs.size(); ++i)
    common::check_output(output_path(output, i, network.outputs.size()), read);

  if (v.count("chip") == 0) {
    for (const char* option : {"set", "device", "data", "calibration"})
      if (v.count(option)) throw common::InputError(std::string("--") + option + " needs --chip");
    for (const char* option : {"compensation", "time", "instance", "seed", "first-image"})
      if (!v[option].defaulted()) throw common::InputError(std::string("--") + option + " needs --chip");
    const auto results = infer_float(network, inputs);
    for (std::size_t i = 0; i < results.size(); ++i)
      write_output(output_path(output, i, results.size()), results[i].samples, results[i].shape,
                   results[i].values);
    return 0;
  }
  graph::require_one_input(network, "the chip");
  session::ChipInference c;
  c.chip = *chip;
  c.device = config::device_of(c.chip);
  c.compensation = analog::parse_compensation(v["compensation"].as<std::string>());
  c.time_s = common::parse_duration_s(v["time"].as<std::string>());
  for (const char* option : {"instance", "seed", "first-image"})
    if (v[option].as<int>() < 0)
      throw common::InputError(std::string("--") + option + " must not be negative");
  c.instance = static_cast<std::uint32_t>(v["instance"].as<int>());
  c.seed = static_cast<std::uint64_t>(v["seed"].as<int>());
  c.first_image = v["first-image"].as<int>();
  const graph::Batch& input = inputs.front();
  if (c.first_image > std::numeric_limits<int>::max() - input.samples)
    throw common::InputError("--first-image is too large");
  c.calibration_images = calibration_images(v, model, input, of_input);
  session::Inferred inferred = session::infer_on_chip(network, input, c);
  for (const std::string& warning : inferred.warnings) warn(warning);
  write_output(output, input.samples, inferred.outputs.shape, std::move(inferred.outputs.values));
  return 0;
}

}  // namespace phasecore::app
