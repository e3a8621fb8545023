// Reading nodes of two operands whose shapes broadcast.
#pragma once

#include <utility>
#include <vector>

#include "models/onnx/node_reader.hpp"

namespace phasecore::onnx {

/// Ends the node: its output is what `op` makes of inputs 0 and 1.
template <class T>
void emit_broadcast(NodeReader& reader, T op) {
  std::vector<Operand> operands{reader.operand(0), reader.operand(1)};
  const int batch = reader.align(operands);
  const bool one_number = operands[0].shape.empty() && operands[1].shape.empty();
  const std::vector<int> layers{operands[0].layer, operands[1].layer};
  if (one_number) return reader.emit_output(0, std::move(op), layers, {batch, false, graph::Shape{}});
  reader.emit(std::move(op), layers, batch);
}

}  // namespace phasecore::onnx
