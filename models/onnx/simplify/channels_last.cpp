// What computes along the last axis of an image whose channels come last: it computes along the channels of
// the image as it is, and the Transpose moves behind it.
#include <optional>
#include <utility>

#include "models/graph/ops/normalization.hpp"
#include "models/onnx/node_reader.hpp"
#include "models/onnx/shapes.hpp"
#include "models/onnx/simplification.hpp"

namespace phasecore::onnx {
namespace {

/// Input 0, if it has its channels last and they come first in what it is a view of.
const View* channels_last(NodeReader& reader) {
  const View* view = reader.view(0);
  const bool is_it =
      view != nullptr && view->order.size() > 2 && view->order.front() == 0 && view->order.back() == 1;
  return is_it ? view : nullptr;
}

/// One value per channel; nullopt if it is of another shape.
std::optional<graph::Tensor> by_channel(graph::Tensor values, int channels) {
  if (values.values.size() == 1)
    values.values.resize(static_cast<std::size_t>(channels), values.values[0]);
  else if (values.shape != graph::Shape{channels})
    return std::nullopt;
  values.shape = {channels};
  return values;
}

bool normalise(NodeReader& reader) {
  const View* view = channels_last(reader);
  if (view == nullptr || !reader.is_constant(1) || (reader.has_input(2) && !reader.is_constant(2)))
    return false;
  const int rank = static_cast<int>(view->order.size());
  const auto axis = axis_of(reader.attributes().integer("axis", -1), rank);
  const graph::Shape seen = reader.full_shape(0);
  if (!axis || *axis != rank - 1 || seen.empty()) return false;
  auto scale = by_channel(reader.floats(1, "scale"), seen.back());
  auto offset =
      by_channel(reader.has_input(2) ? reader.floats(2, "offset") : graph::Tensor{{1}, {0}}, seen.back());
  if (!scale || !offset) return false;
  graph::ChannelNorm norm;
  norm.scale = std::move(*scale);
  norm.offset = std::move(*offset);
  norm.epsilon = reader.attributes().real("epsilon", norm.epsilon);
  if (reader.attributes().integer("stash_type", 1) != 1) reader.problem("stash_type must be 1");
  reader.emit_transposed(std::move(norm));
  return true;
}

/// A constant matrix is a convolution of each pixel.
bool multiply(NodeReader& reader) {
  const View* view = channels_last(reader);
  if (view == nullptr || view->order.size() != 4 || !reader.is_constant(1)) return false;
  const std::vector<int> order = view->order;
  ::onnx::NodeProto node = reader.node();
  node.set_input(0, view->base);
  const graph::Shape seen = reader.full_shape(0);
  const auto matrix = reader.array(1, "weights");
  if (!matrix) return reader.give_up(), true;
  if (matrix->shape.size() != 2 || seen.empty() || matrix->shape[0] != seen.back()) return false;
  Array kernels = transposed(*matrix, {1, 0});
  kernels.shape.insert(kernels.shape.end(), {1, 1});
  node.set_op_type("Conv");
  node.set_input(1, reader.constant_tensor(std::move(kernels)));
  reader.replace_by_transposed(std::move(node), order);
  return true;
}

}  // namespace

void register_channels_last(Rules& rules) {
  rules.applies("LayerNormalization", normalise);
  rules.applies("MatMul", multiply);
}

}  // namespace phasecore::onnx
