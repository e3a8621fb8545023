// Softmax before opset 13 takes all values from its axis on as one vector.
#include "models/graph/ops/softmax.hpp"

#include "models/graph/ops/reshape.hpp"
#include "models/onnx/node_reader.hpp"
#include "models/onnx/shapes.hpp"
#include "models/onnx/simplification.hpp"

namespace phasecore::onnx {
namespace {

bool apply(NodeReader& reader) {
  const graph::Shape from = reader.full_shape(0);
  if (reader.opset() >= 13 || from.size() < 3) return false;
  const auto axis = axis_of(reader.attributes().integer("axis", 1), static_cast<int>(from.size()));
  if (axis != 1) return false;
  const int vector = reader.emit_helper(graph::Flatten(), {reader.activation(0)}, ".flatten");
  const int shares = reader.emit_helper(graph::Softmax(), {vector}, ".softmax");
  reader.emit(graph::Reshape({from.begin() + 1, from.end()}), {shares});
  return true;
}

}  // namespace

void register_softmax(Rules& rules) {
  rules.applies("Softmax", apply);
}

}  // namespace phasecore::onnx
