#include "models/graph/ops/add.hpp"

#include <algorithm>

#include "models/graph/ops/constant.hpp"
#include "models/onnx/broadcast.hpp"
#include "models/onnx/node_writer.hpp"
#include "models/onnx/operators.hpp"

namespace phasecore::onnx {
namespace {

graph::Shape without_leading_ones(graph::Shape shape) {
  shape.erase(shape.begin(),
              std::find_if(shape.begin(), shape.end(), [](int extent) { return extent != 1; }));
  return shape;
}

/// A constant that is added to the sum of something and a constant of the same shape, which nobody else
/// reads: one constant. (A class token, and the embedding of its place.)
bool joins_constant(NodeReader& reader) {
  for (const int activation : {0, 1}) {
    if (!reader.is_constant(1 - activation) || !reader.is_activation(activation) ||
        reader.view(activation) != nullptr || !reader.is_alone(activation))
      continue;
    const Operand sum = reader.operand(activation);
    if (!sum.known || !reader.layer(sum.layer).is<graph::Add>()) continue;
    const std::vector<int> terms = reader.layer(sum.layer).inputs;
    for (const int side : {0, 1}) {
      const auto* held = reader.layer(terms[1 - side]).as<graph::Constant>();
      if (held == nullptr || reader.shape_of(terms[side]) != held->values.shape) continue;
      graph::Tensor values = held->values;
      const graph::Tensor more = reader.floats(1 - activation, "constant");
      if (without_leading_ones(more.shape) != without_leading_ones(values.shape)) return false;
      for (std::size_t i = 0; i < values.values.size(); ++i) values.values[i] += more.values[i];
      const int constant = reader.emit_helper(graph::Constant(std::move(values)), {}, ".constants");
      reader.emit(graph::Add(), {terms[side], constant}, sum.batch);
      return true;
    }
  }
  return false;
}

void read(NodeReader& reader) {
  reader.expect_inputs(2, 2);
  if (!reader.ok()) return reader.give_up();
  if (joins_constant(reader)) return;
  emit_broadcast(reader, graph::Add());
}

void write(const graph::Add& /*add*/, NodeWriter& /*writer*/) {}

}  // namespace

void register_add(Registry& registry) {
  registry.reads("Add", read);
  registry.writes<graph::Add>(write);
}

}  // namespace phasecore::onnx
