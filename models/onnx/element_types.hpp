// Of what type the tensors of a written model are. In the network all values are floats.
#pragma once

#include <vector>

#include "models/graph/network.hpp"

namespace phasecore::onnx {

/// For each layer the type of TensorProto that its tensor has: FLOAT; INT64 where it holds indices; that of
/// its codes.
std::vector<int> element_types(const graph::Network& network);

/// The type that layer `reader` wants its input number `input` to have.
int wanted_type(const graph::Layer& reader, std::size_t input, const std::vector<int>& types);

}  // namespace phasecore::onnx
