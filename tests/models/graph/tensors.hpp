// Tensors of layers by name, for tests that do not care which operator holds them.
#pragma once

#include <string>

#include "models/graph/network.hpp"

namespace phasecore::test {

/// An empty tensor where the layer's operator has none of this name.
inline const graph::Tensor& tensor_of(const graph::Layer& layer, const std::string& name) {
  static const graph::Tensor none;
  const graph::Tensor* found = graph::find_tensor(layer.op(), name);
  return found == nullptr ? none : *found;
}

}  // namespace phasecore::test
