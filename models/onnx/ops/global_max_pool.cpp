#include "models/graph/ops/global_max_pool.hpp"

#include "models/onnx/node_reader.hpp"
#include "models/onnx/node_writer.hpp"
#include "models/onnx/operators.hpp"

namespace phasecore::onnx {
namespace {

void read(NodeReader& reader) {
  reader.expect_inputs(1, 1);
  reader.emit_image(graph::GlobalMaxPool(), reader.image(0));
}

void write(const graph::GlobalMaxPool& /*pool*/, NodeWriter& /*writer*/) {}

}  // namespace

void register_global_max_pool(Registry& registry) {
  registry.reads("GlobalMaxPool", read);
  registry.writes<graph::GlobalMaxPool>(write);
}

}  // namespace phasecore::onnx
