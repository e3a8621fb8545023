#include "models/graph/ops/reshape.hpp"

#include "models/onnx/node_reader.hpp"
#include "models/onnx/node_writer.hpp"
#include "models/onnx/operators.hpp"
#include "models/onnx/shapes.hpp"

namespace phasecore::onnx {
namespace {

/// Reshape, Flatten, Squeeze and Unsqueeze: the batch stays in front.
void read(NodeReader& reader) {
  const graph::Shape from = reader.full_shape(0);
  const int input = reader.activation(0);
  if (!reader.ok() || from.empty()) return reader.give_up();
  const auto to = reshaped(reader, from);
  if (!to) return reader.give_up();
  if (to->size() < 2 || to->front() != reader.batch()) {
    reader.problem("makes " + graph::to_string(*to) + " of " + graph::to_string(from) +
                   ", which does not keep the batch in front");
    return reader.give_up();
  }
  graph::Reshape reshape(graph::Shape(to->begin() + 1, to->end()));
  if (reader.node().op_type() == "Flatten" && reshape.target.size() == 1)
    return reader.emit(graph::Flatten(), {input});
  reader.emit(std::move(reshape), {input});
}

void write_flatten(const graph::Flatten& /*flatten*/, NodeWriter& writer) {
  writer.integer("axis", 1);
}

void write_reshape(const graph::Reshape& reshape, NodeWriter& writer) {
  std::vector<std::int64_t> target{0};  // 0 keeps the batch dimension
  target.insert(target.end(), reshape.target.begin(), reshape.target.end());
  writer.input(".shape", target);
}

}  // namespace

void register_reshape(Registry& registry) {
  registry.writes<graph::Flatten>(write_flatten);
  for (const char* op : {"Reshape", "Flatten", "Squeeze", "Unsqueeze"}) registry.reads(op, read);
  registry.writes<graph::Reshape>(write_reshape);
}

}  // namespace phasecore::onnx
