#include "nas/supernet/supernet.hpp"

#include <filesystem>

#include "common/files.hpp"
#include "common/yaml.hpp"
#include "models/graph/fold.hpp"
#include "models/onnx/onnx.hpp"
#include "models/spaces/load.hpp"
#include "models/spaces/slicing.hpp"

namespace phasecore::supernet {

namespace {

constexpr char kSchema[] = "phasecore.supernet/1";

/// The text of a key that has to be there.
std::string text_of(const common::YamlNode& root, const char* key, common::Diagnostics& diagnostics) {
  const common::YamlNode* node = root.find(key);
  if (node == nullptr)
    diagnostics.add(root.where, std::string("'") + key + "' is missing");
  else if (node->kind != common::YamlNode::Kind::Scalar)
    diagnostics.add(node->where, std::string("'") + key + "' has to be a text");
  else
    return node->scalar;
  return "";
}

bool contains(const graph::Tensor& whole, const graph::Tensor& part) {
  if (part.empty()) return true;
  if (whole.shape.size() != part.shape.size()) return false;
  for (std::size_t d = 0; d < part.shape.size(); ++d)
    if (whole.shape[d] < part.shape[d]) return false;
  return true;
}

/// The layer's values, or the part of them that `into` has room for.
void take(const graph::Tensor& whole, graph::Tensor& into) {
  if (!into.empty()) into = spaces::sliced(whole, into.shape);
}

}  // namespace

Supernet::Supernet(std::unique_ptr<spaces::Space> space, graph::Network network, std::string data,
                   std::string sha256)
    : space_(std::move(space)),
      network_(std::move(network)),
      data_(std::move(data)),
      sha256_(std::move(sha256)) {}

Supernet Supernet::load(const std::string& yaml_path) {
  common::Diagnostics diagnostics;
  const common::YamlNode root = common::read_yaml(yaml_path, diagnostics);
  diagnostics.raise_if_any();
  for (const auto& member : root.members)
    if (member.key != "schema" && member.key != "network" && member.key != "network_sha256" &&
        member.key != "data" && member.key != "space")
      diagnostics.add(member.where, "unknown key '" + member.key +
                                        "'; a supernet has schema, network, network_sha256, data, space");
  const std::string schema = text_of(root, "schema", diagnostics);
  if (!schema.empty() && schema != kSchema)
    diagnostics.add(root.find("schema")->where, "'schema' is " + schema + "; expected " + kSchema);
  const std::string file = text_of(root, "network", diagnostics);
  const std::string sha256 = text_of(root, "network_sha256", diagnostics);
  const std::string data = text_of(root, "data", diagnostics);
  const common::YamlNode* described = root.find("space");
  std::unique_ptr<spaces::Space> space;
  if (described == nullptr)
    diagnostics.add(root.where, "'space' is missing");
  else
    space = spaces::make(*described, diagnostics);
  diagnostics.raise_if_any();

  const std::string path = (std::filesystem::path(yaml_path).parent_path() / file).string();
  const std::string bytes = common::read_file(path);
  if (common::sha256(bytes) != sha256)
    diagnostics.add(root.find("network_sha256")->where, path + " has SHA-256 " + common::sha256(bytes) +
                                                            "; it is not the network this file describes");
  diagnostics.raise_if_any();
  Supernet supernet(std::move(space), onnx::parse(bytes, path), data, sha256);
  supernet.file_ = path;
  return supernet;
}

graph::Network Supernet::cut(const spaces::Genes& genes) const {
  graph::Network cut = space_->network(genes, 0);
  for (graph::Layer& layer : cut.layers) {
    if (layer.op().tensors().empty()) continue;
    const int at = network_.find(layer.name);
    if (at < 0 || network_.layers[at].op().name() != layer.op().name())
      throw common::InputError("supernet '" + network_.name + "' has no layer '" + layer.name +
                               "'; it was not trained for this space");
    const auto whole = network_.layers[at].op().tensors();
    const auto part = layer.edit_op().tensors();
    for (std::size_t t = 0; t < part.size(); ++t)
      if (part[t].trained && !contains(*whole[t].values, *part[t].values))
        throw common::InputError("supernet '" + network_.name + "': layer '" + layer.name +
                                 "' is too small for this network; it was not trained for this space");
    for (std::size_t t = 0; t < part.size(); ++t)
      if (part[t].trained) take(*whole[t].values, *part[t].values);
  }
  return cut;
}

graph::Network Supernet::ready(const spaces::Genes& genes, const graph::Batch& images) const {
  graph::Network ready = *graph::fold(graph::with_statistics_of(cut(genes), images));
  ready.metadata = network_.metadata;
  ready.metadata["phasecore.genes"] = space_->text(genes);
  return ready;
}

}  // namespace phasecore::supernet
