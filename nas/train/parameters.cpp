#include "nas/train/parameters.hpp"

#include <torch/torch.h>

#include "common/diagnostics.hpp"
#include "models/spaces/slicing.hpp"

namespace phasecore::train {

using torch::Tensor;

namespace {

std::vector<std::int64_t> sizes_of(const graph::Shape& shape) {
  return {shape.begin(), shape.end()};
}

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

/// "<layer>.weight"; of a recurrent layer ".input_weight" and ".state_weight".
bool is_crossbar_weight(const std::string& name) {
  return ends_with(name, ".weight") || ends_with(name, "_weight");
}

}  // namespace

Parameters::Parameters(const graph::Network& network) {
  for (const graph::Layer& layer : network.layers)
    for (const auto& tensor : layer.op().tensors())
      if (!tensor.values->empty()) add(layer.name + "." + tensor.name, *tensor.values, tensor.trained);
}

void Parameters::add(const std::string& name, const graph::Tensor& values, bool trained) {
  Tensor tensor = torch::tensor(values.values).view(sizes_of(values.shape));
  if (tensor.dim() == 4) tensor = tensor.contiguous(torch::MemoryFormat::ChannelsLast);
  common::ensure(tensors_.emplace(name, tensor.requires_grad_(trained)).second,
                 "two parameters called " + name);
  order_.push_back(name);
}

Tensor& Parameters::at(const std::string& name) {
  const auto found = tensors_.find(name);
  common::ensure(found != tensors_.end(), "no parameter " + name);
  return found->second;
}

Tensor Parameters::part(const std::string& name, const graph::Shape& shape) {
  Tensor tensor = at(name);
  if (tensor.sizes() == at::IntArrayRef(sizes_of(shape))) return tensor;
  const graph::Shape whole(tensor.sizes().begin(), tensor.sizes().end());
  const auto ranges = spaces::slice_of(whole, shape);
  for (std::size_t d = 0; d < ranges.size(); ++d)
    tensor = tensor.narrow(static_cast<std::int64_t>(d), ranges[d].begin, ranges[d].count);
  return tensor.contiguous(tensor.dim() == 4 ? torch::MemoryFormat::ChannelsLast
                                             : torch::MemoryFormat::Contiguous);
}

std::vector<Tensor> Parameters::crossbar_weights() const {
  std::vector<Tensor> weights;
  for (const auto& name : order_)
    if (is_crossbar_weight(name)) weights.push_back(tensors_.at(name));
  return weights;
}

std::vector<Tensor> Parameters::trainable() const {
  std::vector<Tensor> all = crossbar_weights();
  for (const auto& name : order_)
    if (!is_crossbar_weight(name) && tensors_.at(name).requires_grad()) all.push_back(tensors_.at(name));
  return all;
}

std::vector<std::pair<std::string, Tensor>> Parameters::state() const {
  std::vector<std::pair<std::string, Tensor>> all;
  for (const auto& name : order_) all.emplace_back(name, tensors_.at(name));
  return all;
}

graph::Network Parameters::written_into(graph::Network network) {
  torch::NoGradGuard no_grad;
  for (auto& layer : network.layers) {
    if (layer.op().tensors().empty()) continue;
    for (const auto& tensor : layer.edit_op().tensors()) {
      if (tensor.values->empty()) continue;
      const Tensor flat = part(layer.name + "." + tensor.name, tensor.values->shape).contiguous().flatten();
      tensor.values->values.assign(flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel());
    }
  }
  return network;
}

}  // namespace phasecore::train
