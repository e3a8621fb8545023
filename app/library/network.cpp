#include <algorithm>

#include "app/library/inside.hpp"
#include "common/files.hpp"
#include "common/units.hpp"
#include "models/graph/fold.hpp"
#include "models/graph/init.hpp"
#include "models/onnx/input_axes.hpp"
#include "models/onnx/onnx.hpp"
#include "sim/session/infer.hpp"

namespace phasecore {
inline namespace v1 {

using library::translated;

namespace {

/// Another network than the one that was read: it has the name, and a hash of its own.
Network changed(const session::Model& old, graph::Network network) {
  session::Model model = old;
  model.network = std::move(network);
  model.file.clear();
  model.sha256 = common::sha256(onnx::serialize(model.network));
  return Network(std::make_shared<const Network::Impl>(Network::Impl{std::move(model)}));
}

int layer_of(const graph::Network& network, const std::string& layer) {
  const int index = network.find(layer);
  if (index >= 0) return index;
  std::vector<std::string> names;
  for (const graph::Layer& l : network.layers) names.push_back(l.name);
  throw common::InputError("network '" + network.name + "' has no layer '" + layer + "'" +
                           common::did_you_mean(layer, names));
}

[[noreturn]] void refuse_tensor(const graph::Layer& layer, const std::string& name) {
  std::string known;
  for (const auto& tensor : layer.op().tensors())
    if (!tensor.values->empty()) known += (known.empty() ? "" : ", ") + std::string(tensor.name);
  throw common::InputError("layer '" + layer.name + "' has no tensor '" + name + "'; it has " +
                           (known.empty() ? "none" : known));
}

Array array_of(const graph::Tensor& tensor) {
  return {{tensor.shape.begin(), tensor.shape.end()}, tensor.values};
}

LayerInfo info(const graph::Network& network, int index) {
  const graph::Layer& layer = network.layers[index];
  LayerInfo info;
  info.name = layer.name;
  info.op = layer.op().name();
  for (const int from : layer.inputs) info.reads.push_back(network.layers[from].name);
  info.shape = layer.shape;
  for (const auto& tensor : layer.op().tensors())
    if (!tensor.values->empty()) info.tensors.emplace_back(tensor.name);
  info.macs = graph::macs(network, index);
  return info;
}

}  // namespace

Network::Network(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

Network Network::load(const std::string& model) {
  return translated([&] { return Network(std::make_shared<const Impl>(Impl{session::load_model(model)})); });
}

Network Network::parse(const std::string& onnx, const std::string& name) {
  return translated([&] {
    session::Model model;
    model.network = onnx::parse(onnx, name);
    if (model.network.name.empty()) model.network.name = name;
    model.sha256 = common::sha256(onnx);
    return Network(std::make_shared<const Impl>(Impl{std::move(model)}));
  });
}

std::string Network::name() const {
  return impl_->model.network.name;
}
std::string Network::sha256() const {
  return impl_->model.sha256;
}
bool Network::trained() const {
  return impl_->model.trained;
}
std::string Network::data() const {
  return session::default_data(impl_->model.network);
}
long long Network::parameters() const {
  return graph::parameters(impl_->model.network);
}

long long Network::macs() const {
  const graph::Network& network = impl_->model.network;
  long long all = 0;
  for (int i = 0; i < static_cast<int>(network.layers.size()); ++i) all += graph::macs(network, i);
  return all;
}

std::vector<int> Network::input_shape() const {
  return onnx::exported_input_shape(impl_->model.network);
}

std::vector<LayerInfo> Network::layers() const {
  std::vector<LayerInfo> all;
  for (int i = 0; i < static_cast<int>(impl_->model.network.layers.size()); ++i)
    all.push_back(info(impl_->model.network, i));
  return all;
}

std::vector<std::string> Network::notes() const {
  return impl_->model.notes;
}
std::string Network::onnx() const {
  return translated([&] { return onnx::serialize(impl_->model.network); });
}

Array Network::tensor(const std::string& layer, const std::string& name) const {
  return translated([&] {
    const graph::Network& network = impl_->model.network;
    const graph::Layer& found = network.layers[layer_of(network, layer)];
    const graph::Tensor* tensor = graph::find_tensor(found.op(), name);
    if (tensor == nullptr || tensor->empty()) refuse_tensor(found, name);
    return array_of(*tensor);
  });
}

Network Network::with_tensor(const std::string& layer, const std::string& name, const Array& values) const {
  return translated([&] {
    graph::Network network = impl_->model.network;
    graph::Layer& found = network.layers[layer_of(network, layer)];
    const auto given = library::checked(values, "the tensor");
    for (const auto& tensor : found.edit_op().tensors()) {
      if (tensor.name != name || tensor.values->empty()) continue;
      const graph::Shape shape(given.shape.begin(), given.shape.end());
      if (shape != tensor.values->shape)
        throw common::InputError("the tensor has shape " + graph::to_string(shape) + "; '" + layer + "." +
                                 name + "' has " + graph::to_string(tensor.values->shape));
      tensor.values->values = given.values;
      return changed(impl_->model, graph::build(std::move(network)));
    }
    refuse_tensor(found, name);
  });
}

Network Network::with_random_weights(int seed) const {
  return translated([&] {
    return changed(impl_->model,
                   graph::with_random_weights(impl_->model.network, static_cast<std::uint64_t>(seed)));
  });
}

std::vector<Array> Network::infer(const Array& samples) const {
  return translated([&] {
    const graph::Network& network = impl_->model.network;
    graph::require_one_input(network, "infer");
    graph::fold(network);  // what the chip refuses, float does, too
    std::vector<Array> outputs;
    for (const graph::Batch& batch : graph::infer(network, library::batch_of(samples, network, "samples")))
      outputs.push_back(library::array_of(batch));
    return outputs;
  });
}

ChipInference Network::infer(const Array& samples, const Chip& chip,
                             const ChipInferenceOptions& options) const {
  return translated([&] {
    const graph::Network& network = impl_->model.network;
    graph::require_one_input(network, "the chip");
    session::require_trained(impl_->model, "infer needs them");
    const graph::Batch input = library::batch_of(samples, network, "samples");
    session::ChipInference c;
    c.chip = chip.impl().chip;
    c.device = library::device_or(options.device, c.chip);
    c.compensation = analog::parse_compensation(options.compensation);
    c.calibration_images =
        options.calibration ? library::batch_of(*options.calibration, network, "calibration") : input;
    c.time_s = common::parse_duration_s(options.time);
    c.instance = static_cast<std::uint32_t>(
        library::between(options.instance, 0, library::kMostInstances - 1, "instance"));
    c.seed = static_cast<std::uint64_t>(library::between(options.seed, 0, 2147483647, "seed"));
    session::Inferred inferred = session::infer_on_chip(network, input, c);
    return ChipInference{library::array_of(inferred.outputs), std::move(inferred.warnings)};
  });
}

}  // namespace v1
}  // namespace phasecore
