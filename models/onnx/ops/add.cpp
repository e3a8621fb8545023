#include "models/graph/ops/add.hpp"

#include "models/onnx/broadcast.hpp"
#include "models/onnx/node_writer.hpp"
#include "models/onnx/operators.hpp"

namespace phasecore::onnx {
namespace {

void read(NodeReader& reader) {
  reader.expect_inputs(2, 2);
  if (!reader.ok()) return reader.give_up();
  emit_broadcast(reader, graph::Add());
}

void write(const graph::Add& /*add*/, NodeWriter& /*writer*/) {}

}  // namespace

void register_add(Registry& registry) {
  registry.reads("Add", read);
  registry.writes<graph::Add>(write);
}

}  // namespace phasecore::onnx
