#include "sim/session/models.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include "common/files.hpp"
#include "common/settings_files.hpp"
#include "common/text.hpp"
#include "common/yaml.hpp"
#include "models/onnx/input_axes.hpp"
#include "models/onnx/metadata.hpp"
#include "models/onnx/onnx.hpp"
#include "models/zoo/definitions/zoo.hpp"
#include "sim/config/chip.hpp"
#include "sim/config/device.hpp"

namespace phasecore::session {
namespace {

namespace fs = std::filesystem;

/// The shipped network's file, or nothing.
std::optional<std::string> shipped_file(const std::string& name) {
  const fs::path file = fs::path(zoo_directory()) / (name + ".onnx");
  std::error_code error;
  const fs::file_type type = fs::status(file, error).type();
  if (type == fs::file_type::regular) return file.string();
  if (error && type != fs::file_type::not_found)
    throw common::EnvironmentError(fmt::format("cannot read '{}': {}", file.string(), error.message()));
  return std::nullopt;
}

enum class Shipped { Networks, Supernets };

std::vector<std::string> shipped_names(Shipped kind) {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(zoo_directory(), ignored)) {
    const bool supernet = fs::is_regular_file(fs::path(entry.path()).replace_extension(".yaml"), ignored);
    if (entry.path().extension() == ".onnx" && supernet == (kind == Shipped::Supernets))
      names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

[[noreturn]] void refuse_unknown(const std::string& name) {
  std::vector<std::string> known = shipped_names(Shipped::Networks);
  const std::string shipped = known.empty() ? "none" : fmt::format("{}", fmt::join(known, ", "));
  std::vector<std::string> defined;
  for (const auto& definition : zoo::definitions()) defined.push_back(definition.name);
  known.insert(known.end(), defined.begin(), defined.end());
  throw common::InputError(fmt::format("no network 'zoo:{}'; shipped: {}; definitions: {}{}", name, shipped,
                                       fmt::join(defined, ", "), common::did_you_mean(name, known)));
}

/// A shipped name without its prefix.
void refuse_without_prefix(const std::string& model) {
  std::error_code none;
  if (fs::exists(model, none)) return;
  const auto known = shipped_names(Shipped::Networks);
  if (zoo::find(model) || std::find(known.begin(), known.end(), model) != known.end())
    throw common::InputError("no such file: '" + model + "'; did you mean 'zoo:" + model + "'?");
}

/// The training settings in a network's metadata; Null if there are none, or none of ours.
common::YamlNode recipe_of(const graph::Network& network) {
  const auto recipe = network.metadata.find("phasecore.recipe");
  if (recipe == network.metadata.end()) return {};
  common::Diagnostics ignored;
  common::YamlNode settings = common::parse_yaml(recipe->second, "phasecore.recipe", ignored);
  return ignored.empty() ? settings : common::YamlNode{};
}

/// A supernet has no batch-norm statistics and several classifiers: it is no network to run. (Networks that
/// were cut out of it name their genes.)
void refuse_supernet(const graph::Network& network, const std::string& model) {
  if (recipe_of(network).find("sandwich") == nullptr || network.metadata.count("phasecore.genes") != 0)
    return;
  throw common::InputError(model + " is a supernet; phasecore cut makes networks of it");
}

/// What a quantiser's codes have and the chip's have not.
std::vector<std::string> notes_on_codes(const graph::Network& network, const std::string& file) {
  std::vector<std::string> notes;
  const auto note = [&](const char* key, const char* what) {
    const auto layers = network.metadata.find(key);
    if (layers == network.metadata.end()) return;
    notes.push_back(common::printable(file) + ": the quantised activations of " +
                    common::printable(layers->second) + what);
  };
  note(onnx::kAsymmetricCodes,
       " have a zero point; the chip's codes are symmetric and take the larger side as range");
  note(onnx::kCodesByRow, " have several scales; the chip's codes have one, of the largest range");
  return notes;
}

constexpr std::string_view kOfZoo = "zoo:";

bool is_of_zoo(const std::string& model) {
  return model.rfind(kOfZoo, 0) == 0;
}

std::string zoo_name(const std::string& model) {
  return model.substr(kOfZoo.size());
}

Model define(const zoo::Definition& definition) {
  Model model;
  model.network = definition.build();
  model.sha256 = common::sha256(onnx::serialize_without_weights(model.network));
  model.trained = false;
  return model;
}

}  // namespace

std::string zoo_directory() {
  if (const char* set = std::getenv("PHASECORE_ZOO")) return set;
  const fs::path installed = fs::path(common::config_directory()).parent_path() / "zoo";
  std::error_code none;
  if (fs::is_directory(installed, none)) return installed.string();
  return (fs::path(common::config_directory()).parent_path() / "models" / "zoo").string();
}

std::optional<std::string> model_file(const std::string& model) {
  if (!is_of_zoo(model)) return model;
  const std::string name = zoo_name(model);
  if (name.find('/') != std::string::npos) refuse_unknown(name);
  auto shipped = shipped_file(name);
  if (!shipped && !zoo::find(name)) refuse_unknown(name);
  return shipped;
}

std::string supernet_file(const std::string& supernet) {
  if (fs::path(supernet).extension() == ".onnx")
    throw common::InputError("'" + supernet +
                             "' is an ONNX file; expected the YAML file that phasecore-train writes beside a "
                             "supernet, or zoo:NAME");
  if (!is_of_zoo(supernet)) return supernet;
  const std::string name = zoo_name(supernet);
  const auto known = shipped_names(Shipped::Supernets);
  if (std::find(known.begin(), known.end(), name) == known.end())
    throw common::InputError(fmt::format("no supernet '{}'; shipped: {}{}", supernet, fmt::join(known, ", "),
                                         common::did_you_mean(name, known)));
  return zoo_directory() + "/" + name + ".yaml";
}

Model load_model(const std::string& model) {
  const auto named = model_file(model);
  if (!named) return define(*zoo::find(zoo_name(model)));
  const std::string& file = *named;
  refuse_without_prefix(file);
  onnx::File read = onnx::read_file(file);
  Model loaded;
  loaded.network = std::move(read.network);
  loaded.notes = notes_on_codes(loaded.network, file);
  refuse_supernet(loaded.network, model);
  loaded.network.name = fs::path(file).stem().string();
  loaded.file = file;
  loaded.sha256 = std::move(read.sha256);
  return loaded;
}

void require_trained(const Model& model, const std::string& remedy) {
  if (!model.trained)
    throw common::InputError("zoo:" + model.network.name + " is a definition without trained weights; " +
                             remedy);
}

std::vector<std::string> settings_read(const std::string& chip_name_or_file, const config::Chip& chip) {
  std::vector<std::string> files = common::settings_chain(config::chip_files, chip_name_or_file);
  for (const std::string& file : common::settings_chain(config::device_files, chip.device))
    files.push_back(file);
  return files;
}

std::string default_data(const graph::Network& network) {
  const common::YamlNode recipe = recipe_of(network);
  const common::YamlNode* data = recipe.find("data");
  return data != nullptr && !data->scalar.empty() ? data->scalar : "none";
}

std::optional<data::Normalisation> chosen_normalisation(const std::optional<std::string>& option,
                                                        const graph::Network& network) {
  if (option) return data::parse_normalisation(*option, "--normalise");
  const auto mean = network.metadata.find("phasecore.input_mean"),
             deviation = network.metadata.find("phasecore.input_std");
  const auto none = network.metadata.end();
  if (mean == none && deviation == none) return std::nullopt;
  if (mean == none || deviation == none)
    throw common::InputError(
        "the model's metadata has only one of phasecore.input_mean and phasecore.input_std; they go "
        "together");
  return data::parse_normalisation(mean->second, deviation->second, "the model's metadata");
}

data::Reading reading_for(const graph::Network& network,
                          const std::optional<data::Normalisation>& normalisation) {
  return {network.input().shape, normalisation,
          data::ExportedInput{onnx::exported_input_shape(network), [&network](graph::Batch batch) {
                                return onnx::in_network_axes(network, std::move(batch));
                              }}};
}

std::optional<run::Promise> promise_of(const graph::Network& network, const std::string& data) {
  const auto stated = network.metadata.find("phasecore.float_accuracy");
  if (stated == network.metadata.end()) return std::nullopt;
  const std::string own = default_data(network);
  const auto format = [](const std::string& spec) { return spec.substr(0, spec.find(':')); };
  if (own != "none" && format(own) != format(data)) return std::nullopt;
  const std::string& text = stated->second;
  double accuracy = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), accuracy);
  if (error != std::errc() || end != text.data() + text.size() || !(accuracy >= 0 && accuracy <= 1))
    throw common::InputError("the model's metadata 'phasecore.float_accuracy' is '" + text +
                             "'; expected a fraction, 0 to 1");
  return run::Promise{accuracy, "the model's metadata"};
}

void refuse_objective(const std::vector<std::string>& assignments) {
  for (const std::string& assignment : assignments)
    for (const char* key : {"mapping.objective=", "mapping.digital="})
      if (assignment.rfind(key, 0) == 0)
        throw common::InputError("--set " + assignment +
                                 " chooses a mapping, and --mapping gives one: leave one out");
}

}  // namespace phasecore::session
