// LayerNormalization as exporters write it up to opset 16: (x - mean(x)) / sqrt(mean((x - mean(x))^2) +
// epsilon). The scale and offset behind it are taken up as those behind any norm.
#include <numeric>
#include <optional>

#include "models/graph/ops/arithmetic.hpp"
#include "models/graph/ops/constant.hpp"
#include "models/graph/ops/normalization.hpp"
#include "models/graph/ops/pointwise.hpp"
#include "models/graph/ops/reduce.hpp"
#include "models/onnx/lines.hpp"
#include "models/onnx/node_reader.hpp"
#include "models/onnx/simplification.hpp"

namespace phasecore::onnx {
namespace {

using Axes = std::vector<int>;

/// The axes over which `layer` is the mean of layer `of`; empty if it is none.
Axes mean_axes(const graph::Layer& layer, int of) {
  const auto* mean = layer.as<graph::Reduce>();
  if (mean == nullptr || layer.inputs[0] != of || mean->kind != graph::Reduce::Kind::Mean || !mean->keep_dims)
    return {};
  return mean->axes;
}

/// Is `layer` the square of layer `of`?
bool is_square(const NodeReader& reader, const graph::Layer& layer, int of) {
  if (layer.is<graph::Mul>()) return layer.inputs[0] == of && layer.inputs[1] == of;
  if (!layer.is<graph::Pow>() || layer.inputs[0] != of) return false;
  const auto* power = reader.layer(layer.inputs[1]).as<graph::Constant>();
  return power != nullptr && power->values.values == std::vector<float>{2};
}

/// The epsilon, if `layer` is sqrt(mean(centred^2) + epsilon) over these axes.
std::optional<double> epsilon_of(const NodeReader& reader, int layer, int centred, const Axes& axes) {
  if (!reader.layer(layer).is<graph::Sqrt>()) return std::nullopt;
  const Line line = lines_to(reader, reader.layer(layer).inputs[0]);
  if (line.factor != 1 || line.shift < 0) return std::nullopt;
  const graph::Layer& variance = reader.layer(line.layer);
  if (variance.inputs.empty() || mean_axes(variance, variance.inputs[0]) != axes ||
      !is_square(reader, reader.layer(variance.inputs[0]), centred))
    return std::nullopt;
  return line.shift;
}

graph::Tensor same(int count, float value) {
  return {{count}, Floats(static_cast<std::size_t>(count), value)};
}

bool is_plain(const NodeReader& reader, int input) {
  return reader.is_activation(input) && reader.view(input) == nullptr;
}

/// Ends the node as the norm of `x` over these axes, if there is one.
bool emit(NodeReader& reader, const Operand& x, const Axes& axes, float epsilon) {
  const graph::Shape& shape = reader.shape_of(x.layer);
  Axes last(axes.size());
  std::iota(last.begin(), last.end(), static_cast<int>(shape.size() - axes.size()));
  if (axes == last) {
    graph::LayerNorm norm;
    norm.axis = axes.front();
    norm.scale = same(axes.size() == 1 ? shape.back() : 1, 1);
    norm.epsilon = epsilon;
    reader.emit_like(x, std::move(norm));
    return true;
  }
  if (axes != Axes{0}) return false;
  graph::ChannelNorm norm;
  norm.scale = same(shape.front(), 1);
  norm.offset = same(shape.front(), 0);
  norm.epsilon = epsilon;
  reader.emit_like(x, std::move(norm));
  return true;
}

bool apply(NodeReader& reader) {
  if (reader.node().input_size() != 2 || !is_plain(reader, 0) || !is_plain(reader, 1)) return false;
  Operand centred = reader.pointwise_operand(0);
  const Operand deviation = reader.pointwise_operand(1);
  if (!reader.ok() || !centred.known || !deviation.known) return false;
  const graph::Layer& difference = reader.layer(centred.layer);
  if (!difference.is<graph::Sub>()) return false;
  const int x = difference.inputs[0];
  const Axes axes = mean_axes(reader.layer(difference.inputs[1]), x);
  if (axes.empty() || reader.shape_of(x) != difference.shape) return false;
  const auto epsilon = epsilon_of(reader, deviation.layer, centred.layer, axes);
  if (!epsilon) return false;
  centred.layer = x;
  return emit(reader, centred, axes, static_cast<float>(*epsilon));
}

}  // namespace

void register_layer_norm(Rules& rules) {
  rules.applies("Div", apply);
}

}  // namespace phasecore::onnx
