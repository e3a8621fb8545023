#include "models/graph/ops/add.hpp"

#include "models/onnx/node_reader.hpp"
#include "models/onnx/node_writer.hpp"
#include "models/onnx/operators.hpp"

namespace phasecore::onnx {
namespace {

void read(NodeReader& reader) {
  reader.expect_inputs(2, 2);
  if (!reader.ok()) return reader.give_up();
  for (const int i : {0, 1}) {
    if (!reader.is_constant(i) || !reader.is_activation(1 - i)) continue;
    const auto constant = reader.array(i, "constant");
    const graph::Shape full = reader.full_shape(1 - i);
    if (constant && !full.empty())
      reader.problem("adds a constant of shape " + graph::to_string(constant->shape) + " to " +
                     graph::to_string(full) + "; must be one value per channel");
    return reader.give_up();
  }
  const int a = reader.activation(0), b = reader.activation(1);
  reader.emit(graph::Add(), {a, b});
}

void write(const graph::Add& /*add*/, NodeWriter& /*writer*/) {}

}  // namespace

void register_add(Registry& registry) {
  registry.reads("Add", read);
  registry.writes<graph::Add>(write);
}

}  // namespace phasecore::onnx
