// A vector made of an image whose channels come last: the matrix that multiplies it is turned instead.
#include <algorithm>

#include "models/graph/ops/reshape.hpp"
#include "models/onnx/node_reader.hpp"
#include "models/onnx/shapes.hpp"
#include "models/onnx/simplification.hpp"

namespace phasecore::onnx {
namespace {

/// A transposed image as a vector: the vector of the image as it is, seen in another order.
bool flatten(NodeReader& reader) {
  const View* view = reader.view(0);
  if (view == nullptr || view->order.empty() || view->order[0] != 0) return false;
  for (int i = 1; i < reader.node().input_size(); ++i)
    if (reader.has_input(i) && !reader.is_constant(i)) return false;
  const graph::Shape from = reader.plain_shape(0);
  const auto to = reshaped(reader, from);
  if (!to) return reader.give_up(), true;
  if (to->size() != 2 || to->front() != reader.batch()) return false;
  if (!reader.may_compute(from)) return reader.give_up(), true;
  reader.end_as_reordered_vector(*view);
  return true;
}

/// Weights of a Gemm or MatMul with the rows (or columns, if it is transposed) in the order of the image.
bool multiply(NodeReader& reader) {
  const View* view = reader.view(0);
  if (view == nullptr || view->places.empty() || !reader.is_constant(1)) return false;
  const auto given = reader.array(1, "weights");
  if (!given) return reader.give_up(), true;
  const auto& places = view->places;
  const bool rows = reader.node().op_type() == "MatMul" || reader.attributes().integer("transB", 0) == 0;
  if (given->shape.size() != 2 || given->shape[rows ? 0 : 1] != static_cast<int>(places.size())) return false;
  if (!reader.may_compute(given->shape)) return reader.give_up(), true;
  Array weights{given->shape, floats_of(*given)};
  Floats& to = std::get<Floats>(weights.values);
  const Floats from = to;
  const auto columns = static_cast<std::size_t>(given->shape[1]);
  for (std::size_t i = 0; i < from.size(); ++i) {
    const std::size_t row = i / columns, column = i % columns;
    to[rows ? static_cast<std::size_t>(places[row]) * columns + column
            : row * columns + static_cast<std::size_t>(places[column])] = from[i];
  }
  ::onnx::NodeProto node = reader.node();
  node.set_input(0, view->base);
  node.set_input(1, reader.constant_tensor(std::move(weights)));
  reader.replace_by(std::move(node));
  return true;
}

}  // namespace

void register_transposed_vector(Rules& rules) {
  for (const char* op : {"Reshape", "Flatten", "Squeeze"}) rules.applies(op, flatten);
  for (const char* op : {"Gemm", "MatMul"}) rules.applies(op, multiply);
}

}  // namespace phasecore::onnx
