#include "app/models.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "common/files.hpp"
#include "common/random.hpp"
#include "common/yaml.hpp"
#include "models/onnx/onnx.hpp"
#include "sim/config/chip.hpp"

namespace phasecore::app {
namespace {

namespace fs = std::filesystem;

/// $PHASECORE_ZOO, or `zoo` beside an installed program's configs, or the source tree's models/zoo.
fs::path zoo_directory() {
  if (const char* set = std::getenv("PHASECORE_ZOO")) return set;
  const fs::path installed = fs::path(config::config_directory()).parent_path() / "zoo";
  if (fs::is_directory(installed)) return installed;
  return fs::path(config::config_directory()).parent_path() / "models" / "zoo";
}

std::string zoo_file(const std::string& name) {
  const fs::path file = zoo_directory() / (name + ".onnx");
  if (fs::is_regular_file(file)) return file.string();
  std::vector<std::string> known;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(zoo_directory(), ignored))
    if (entry.path().extension() == ".onnx") known.push_back(entry.path().stem().string());
  std::sort(known.begin(), known.end());
  std::string list;
  for (const auto& k : known) list += (list.empty() ? "" : ", ") + k;
  throw common::InputError("no network 'zoo:" + name + "'; shipped are " + (list.empty() ? "none" : list) +
                           common::did_you_mean(name, known));
}

}  // namespace

Model load_model(const std::string& model) {
  const std::string file = model.rfind("zoo:", 0) == 0 ? zoo_file(model.substr(4)) : model;
  const std::string bytes = common::read_file(file);
  Model loaded;
  loaded.network = onnx::parse(bytes, file);
  loaded.network.name = fs::path(file).stem().string();
  loaded.sha256 = common::sha256(bytes);
  return loaded;
}

graph::Network with_random_weights(graph::Network network, std::uint64_t seed) {
  for (auto& layer : network.layers) {
    if (!layer.weights.empty()) {
      const auto& shape = layer.weights.shape;
      const long long fan_in = graph::volume(shape) / shape[0];
      common::RandomKey key{seed, common::Purpose::RandomWeights};
      key.layer = common::stable_hash(layer.name);
      auto& values = layer.weights.values;
      common::fill_normal(key, 0, 0, 0, values.size(), values.data());
      const float deviation = std::sqrt(2.0f / static_cast<float>(fan_in));
      for (float& v : values) v *= deviation;
    }
    std::fill(layer.bias.values.begin(), layer.bias.values.end(), 0.0f);
    std::fill(layer.scale.values.begin(), layer.scale.values.end(), 1.0f);
    std::fill(layer.mean.values.begin(), layer.mean.values.end(), 0.0f);
    std::fill(layer.variance.values.begin(), layer.variance.values.end(), 1.0f);
  }
  network.ranges.clear();
  return network;
}

std::string default_data(const graph::Network& network) {
  const auto recipe = network.metadata.find("phasecore.recipe");
  if (recipe == network.metadata.end()) return "none";
  common::Diagnostics ignored;  // a recipe that is not ours names no data set
  const common::YamlNode settings = common::parse_yaml(recipe->second, "phasecore.recipe", ignored);
  const common::YamlNode* data = settings.find("data");
  return ignored.empty() && data != nullptr && !data->scalar.empty() ? data->scalar : "none";
}

}  // namespace phasecore::app
