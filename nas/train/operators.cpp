#include "nas/train/operators.hpp"

#include <torch/torch.h>

#include "common/diagnostics.hpp"

namespace phasecore::train {

torch::Tensor LayerPass::parameter(const char* name) const {
  const graph::Tensor* like = graph::find_tensor(layer.op(), name);
  common::ensure(like != nullptr, "layer " + layer.name + " has no tensor " + name);
  return like->empty() ? torch::Tensor() : parameters_.part(layer.name + "." + name, like->shape);
}

torch::Tensor& LayerPass::whole(const char* name) const {
  return parameters_.at(layer.name + "." + name);
}

std::optional<std::string> Operators::why_not(const graph::Operator& op) const {
  const Entry* entry = find(op);
  if (entry == nullptr || !entry->why_not) return std::nullopt;
  return entry->why_not(op);
}

bool Operators::limits(const graph::Operator& op) const {
  const Entry* entry = find(op);
  return entry != nullptr && entry->limits;
}

torch::Tensor Operators::compute(const LayerPass& at) const {
  const Entry* entry = find(at.layer.op());
  common::ensure(entry != nullptr, "layer " + at.layer.name + " has no torch version");
  return entry->compute(at.layer.op(), at);
}

const Operators::Entry* Operators::find(const graph::Operator& op) const {
  const auto found = entries_.find(typeid(op));
  return found == entries_.end() ? nullptr : &found->second;
}

}  // namespace phasecore::train
