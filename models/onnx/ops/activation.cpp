#include "models/graph/ops/activation.hpp"

#include <cmath>
#include <limits>

#include "models/onnx/node_reader.hpp"
#include "models/onnx/node_writer.hpp"
#include "models/onnx/operators.hpp"

namespace phasecore::onnx {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

void read_relu(NodeReader& reader) {
  reader.expect_inputs(1, 1);
  reader.emit_like(reader.pointwise_operand(0), graph::Relu());
}

void write_relu(const graph::Relu& /*relu*/, NodeWriter& /*writer*/) {}

float read_bound(NodeReader& reader, int input, const std::string& what, float otherwise) {
  if (!reader.has_input(input)) return otherwise;
  const graph::Tensor bound = reader.floats(input, what);
  if (!reader.ok()) return otherwise;
  if (bound.values.size() != 1)
    reader.problem(what + " of shape " + graph::to_string(bound.shape) + " must be one number");
  return reader.ok() ? bound.values[0] : otherwise;
}

void read_clip(NodeReader& reader) {
  reader.expect_inputs(1, reader.opset() < 11 ? 1 : 3);
  const Operand x = reader.pointwise_operand(0);
  graph::Clip clip;
  if (reader.opset() < 11) {
    clip.low = reader.attributes().real("min", -kInfinity);
    clip.high = reader.attributes().real("max", kInfinity);
  } else {
    clip.low = read_bound(reader, 1, "minimum", -kInfinity);
    clip.high = read_bound(reader, 2, "maximum", kInfinity);
  }
  reader.emit_like(x, std::move(clip));
}

void write_bound(const std::string& suffix, float bound, NodeWriter& writer) {
  if (std::isinf(bound)) return writer.absent_input();
  writer.input(suffix, graph::Tensor{{}, {bound}});
}

void write_clip(const graph::Clip& clip, NodeWriter& writer) {
  write_bound(".min", clip.low, writer);
  write_bound(".max", clip.high, writer);
}

}  // namespace

void register_activation(Registry& registry) {
  registry.reads("Relu", read_relu);
  registry.writes<graph::Relu>(write_relu);
  registry.reads("Clip", read_clip);
  registry.writes<graph::Clip>(write_clip);
}

}  // namespace phasecore::onnx
