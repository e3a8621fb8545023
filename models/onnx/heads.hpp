// Sequences of several heads: {heads, steps, size}, or {steps, heads * size}, which says nothing of heads.
#pragma once

#include <string>

#include "models/onnx/node_reader.hpp"

namespace phasecore::onnx {

struct Heads {
  Operand x;            ///< {heads, steps, size}
  bool joined = false;  ///< the node reads {steps, heads * size}
};

/// Input i of a node whose attribute `attribute` says how many heads there are, if the input does not.
Heads heads_of(NodeReader& reader, int i, const std::string& attribute);

/// {heads, steps, size} back to {steps, heads * size}: ends output 0.
void emit_joined_heads(NodeReader& reader, int layer, const graph::Shape& shape);

}  // namespace phasecore::onnx
