#include "models/graph/ops/global_average_pool.hpp"

#include "models/graph/ops/reshape.hpp"
#include "models/onnx/node_reader.hpp"
#include "models/onnx/node_writer.hpp"
#include "models/onnx/operators.hpp"
#include "models/onnx/shapes.hpp"

namespace phasecore::onnx {
namespace {

void read(NodeReader& reader) {
  reader.expect_inputs(1, 1);
  reader.emit(graph::GlobalAveragePool(), {reader.activation(0)});
}

void read_reduce_mean(NodeReader& reader) {
  reader.expect_inputs(1, 2);
  const int input = reader.activation(0);
  const int rank = static_cast<int>(reader.shape_of(input).size()) + 1;
  const auto axes = axes_of(reader.list(1, "axes").value_or(Integers{}), rank);
  const bool keep = reader.attributes().integer("keepdims", 1) != 0;
  reader.attributes().ignore("noop_with_empty_axes");  // they are not empty
  if (rank == 1) return reader.give_up();              // the shape is unknown, which has been reported
  if (rank != 4 || axes != std::vector<int>{2, 3})
    reader.problem("supported only over height and width of an image (axes 2 and 3)");
  if (keep) return reader.emit(graph::GlobalAveragePool(), {input});
  const int pooled = reader.emit_helper(graph::GlobalAveragePool(), {input}, ".pool");
  reader.emit(graph::Flatten(), {pooled});
}

void write(const graph::GlobalAveragePool& /*pool*/, NodeWriter& /*writer*/) {}

}  // namespace

void register_global_average_pool(Registry& registry) {
  registry.reads("GlobalAveragePool", read);
  registry.reads("ReduceMean", read_reduce_mean);
  registry.writes<graph::GlobalAveragePool>(write);
}

}  // namespace phasecore::onnx
