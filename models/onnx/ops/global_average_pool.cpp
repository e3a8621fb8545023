#include "models/graph/ops/global_average_pool.hpp"

#include "models/onnx/node_reader.hpp"
#include "models/onnx/node_writer.hpp"
#include "models/onnx/operators.hpp"

namespace phasecore::onnx {
namespace {

void read(NodeReader& reader) {
  reader.expect_inputs(1, 1);
  reader.emit_image(graph::GlobalAveragePool(), reader.image(0));
}

void write(const graph::GlobalAveragePool& /*pool*/, NodeWriter& /*writer*/) {}

}  // namespace

void register_global_average_pool(Registry& registry) {
  registry.reads("GlobalAveragePool", read);
  registry.writes<graph::GlobalAveragePool>(write);
}

}  // namespace phasecore::onnx
