#include "models/onnx/heads.hpp"

#include "models/graph/ops/reshape.hpp"
#include "models/graph/ops/transpose.hpp"
#include "models/graph/strides.hpp"

namespace phasecore::onnx {

Heads heads_of(NodeReader& reader, int i, const std::string& attribute) {
  Heads result{reader.with_batch_at(reader.operand(i), 0)};
  Operand& x = result.x;
  const int heads = reader.attributes().integer(attribute, 0);
  if (!reader.ok() || !x.known) return result;
  const std::string what = "input '" + reader.node().input(i) + "' ";
  if (x.shape.size() == 3) {
    if (heads != 0 && heads != x.shape[0])
      reader.problem(what + "has " + std::to_string(x.shape[0]) + " heads, '" + attribute + "' says " +
                     std::to_string(heads));
    return result;
  }
  if (x.shape.size() != 2) {
    reader.problem(what + "has " + std::to_string(x.rank()) + " dimensions; must have 3 or 4");
  } else if (heads < 1) {
    reader.problem(what + "has 3 dimensions; attribute '" + attribute + "' must say how many heads it has");
  } else if (x.shape[1] % heads != 0) {
    reader.problem(what + "has " + std::to_string(x.shape[1]) + " values, which are not those of " +
                   std::to_string(heads) + " heads");
  }
  if (!reader.ok()) return result;
  const int steps = x.shape[0], size = x.shape[1] / heads;
  x = reader.reshaped(x, {steps, heads, size});
  x.layer = reader.emit_helper(graph::Transpose({1, 0, 2}), {x.layer}, ".heads");
  x.shape = {heads, steps, size};
  result.joined = true;
  return result;
}

void emit_joined_heads(NodeReader& reader, int layer, const graph::Shape& shape) {
  const int steps = reader.emit_helper(graph::Transpose({1, 0, 2}), {layer}, ".steps");
  const int values = graph::extent_of(static_cast<long long>(shape[0]) * shape[2]);
  reader.emit_output(0, graph::Reshape({shape[1], values}), {steps}, {});
}

}  // namespace phasecore::onnx
