#include "models/graph/ops/softmax.hpp"

#include "models/onnx/node_reader.hpp"
#include "models/onnx/node_writer.hpp"
#include "models/onnx/operators.hpp"

namespace phasecore::onnx {
namespace {

void read(NodeReader& reader) {
  reader.expect_inputs(1, 1);
  const int input = reader.activation(0);
  const int axis = reader.attributes().integer("axis", reader.opset() < 13 ? 1 : -1);
  if (axis != 1 && axis != -1) reader.problem("axis " + std::to_string(axis) + " must be 1 or -1");
  reader.emit(graph::Softmax(), {input});
}

void write(const graph::Softmax& /*softmax*/, NodeWriter& writer) {
  writer.integer("axis", 1);
}

}  // namespace

void register_softmax(Registry& registry) {
  registry.reads("Softmax", read);
  registry.writes<graph::Softmax>(write);
}

}  // namespace phasecore::onnx
