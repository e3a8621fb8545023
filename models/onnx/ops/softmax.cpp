#include "models/graph/ops/softmax.hpp"

#include "models/graph/ops/reshape.hpp"
#include "models/graph/strides.hpp"
#include "models/onnx/node_reader.hpp"
#include "models/onnx/node_writer.hpp"
#include "models/onnx/operators.hpp"

namespace phasecore::onnx {
namespace {

/// Before opset 13 everything from the axis on was one vector.
template <class T>
void emit_flattened(NodeReader& reader, const Operand& x, int axis) {
  const graph::AxisView view = graph::view_along(x.shape, axis);
  const graph::Shape flat{static_cast<int>(view.outer), static_cast<int>(view.extent * view.inner)};
  const int flattened = reader.emit_helper(graph::Reshape(flat), {x.layer}, ".flat");
  const int result = reader.emit_helper(T(1), {flattened}, ".of_flat");
  reader.emit(graph::Reshape(x.shape), {result}, x.batch);
}

template <class T>
void read(NodeReader& reader) {
  reader.expect_inputs(1, 1);
  const Operand x = reader.operand(0);
  const int given = reader.attributes().integer("axis", reader.opset() < 13 ? 1 : -1);
  if (!reader.ok() || !x.known) return reader.give_up();
  const int axis = reader.axis(x, given);
  if (!reader.ok()) return reader.give_up();
  const bool is_last = axis + 1 == static_cast<int>(x.shape.size());
  if (reader.opset() < 13 && !is_last) return emit_flattened<T>(reader, x, axis);
  reader.emit(T(axis), {x.layer}, x.batch);
}

template <class T>
void write(const T& softmax, NodeWriter& writer) {
  writer.integer("axis", softmax.axis + 1);
}

}  // namespace

void register_softmax(Registry& registry) {
  registry.reads("Softmax", read<graph::Softmax>);
  registry.writes<graph::Softmax>(write<graph::Softmax>);
  registry.reads("LogSoftmax", read<graph::LogSoftmax>);
  registry.writes<graph::LogSoftmax>(write<graph::LogSoftmax>);
}

}  // namespace phasecore::onnx
