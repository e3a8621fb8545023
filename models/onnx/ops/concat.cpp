#include "models/graph/ops/concat.hpp"

#include "models/onnx/node_reader.hpp"
#include "models/onnx/node_writer.hpp"
#include "models/onnx/operators.hpp"

namespace phasecore::onnx {
namespace {

void read(NodeReader& reader) {
  const int count = reader.node().input_size();
  if (count == 0) reader.problem("has no inputs");
  if (reader.attributes().find("axis") == nullptr) reader.problem("attribute 'axis' is missing");
  std::vector<Operand> operands;
  for (int i = 0; i < count; ++i) operands.push_back(reader.any_operand(i));
  if (!reader.ok()) return reader.give_up();
  for (const Operand& x : operands) {
    if (!x.known) return reader.give_up();
    if (x.rank() != operands[0].rank()) reader.problem("its inputs do not have equally many dimensions");
    if (x.integral != operands[0].integral) reader.problem("its inputs are of different types");
  }
  const int batch = reader.ok() ? reader.align(operands) : 0;
  Operand whole = operands[0];
  whole.batch = batch;
  const int axis = reader.axis(whole, reader.attributes().integer("axis", 0));
  std::vector<int> layers;
  for (const Operand& x : operands) layers.push_back(x.layer);
  reader.emit_output(0, graph::Concat(axis, count), layers, {batch, whole.integral, std::nullopt});
}

void write(const graph::Concat& concat, NodeWriter& writer) {
  writer.integer("axis", concat.axis + 1);
}

}  // namespace

void register_concat(Registry& registry) {
  registry.reads("Concat", read);
  registry.writes<graph::Concat>(write);
}

}  // namespace phasecore::onnx
