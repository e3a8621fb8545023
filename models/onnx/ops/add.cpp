#include "models/graph/ops/add.hpp"

#include "models/onnx/node_reader.hpp"
#include "models/onnx/node_writer.hpp"
#include "models/onnx/operators.hpp"

namespace phasecore::onnx {
namespace {

void read(NodeReader& reader) {
  reader.expect_inputs(2, 2);
  if (!reader.ok()) return reader.give_up();
  if (reader.is_constant(0) != reader.is_constant(1))
    return reader.is_constant(0) ? reader.fold_bias(1, 0) : reader.fold_bias(0, 1);
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
