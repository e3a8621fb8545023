#include "models/onnx/lines.hpp"

#include "models/graph/ops/add.hpp"
#include "models/graph/ops/arithmetic.hpp"
#include "models/graph/ops/batch_norm.hpp"
#include "models/graph/ops/constant.hpp"
#include "models/onnx/node_reader.hpp"

namespace phasecore::onnx {
namespace {

/// A batch norm that is the same for all channels.
std::optional<Line> uniform(const graph::BatchNorm& norm) {
  for (int c = 1; c < norm.channels(); ++c)
    if (norm.factor(c) != norm.factor(0) || norm.shift(c) != norm.shift(0)) return std::nullopt;
  return Line{-1, norm.factor(0), norm.shift(0)};
}

}  // namespace

std::optional<Line> line_of(const NodeReader& reader, const graph::Layer& layer) {
  if (const auto* norm = layer.as<graph::BatchNorm>()) {
    auto line = uniform(*norm);
    if (line) line->layer = layer.inputs[0];
    return line;
  }
  const bool sum = layer.is<graph::Add>(), product = layer.is<graph::Mul>(), share = layer.is<graph::Div>();
  if (!sum && !product && !share) return std::nullopt;
  for (const int side : {0, 1}) {
    const auto* constant = reader.layer(layer.inputs[1 - side]).as<graph::Constant>();
    if (constant == nullptr || constant->values.values.size() != 1 || (share && side == 1)) continue;
    if (reader.shape_of(layer.inputs[side]) != layer.shape) continue;
    const double value = constant->values.values[0];
    if (sum) return Line{layer.inputs[side], 1, value};
    return Line{layer.inputs[side], product ? value : 1 / value, 0};
  }
  return std::nullopt;
}

Line lines_to(const NodeReader& reader, int layer) {
  Line all{layer, 1, 0};
  while (const auto line = line_of(reader, reader.layer(all.layer))) {
    all.shift += all.factor * line->shift;
    all.factor *= line->factor;
    all.layer = line->layer;
  }
  return all;
}

}  // namespace phasecore::onnx
