#include "models/graph/ops/conv.hpp"

#include "models/onnx/operators.hpp"
#include "models/onnx/window.hpp"

namespace phasecore::onnx {
namespace {

void read(NodeReader& reader) {
  reader.expect_inputs(2, 3);
  const Image image = reader.image(0);
  graph::Conv conv;
  conv.weights = reader.floats(1, "weights");
  if (reader.has_input(2)) conv.bias = reader.floats(2, "bias");
  emit_conv(reader, std::move(conv), image);
}

void write(const graph::Conv& conv, NodeWriter& writer) {
  write_window(conv.window, writer);
  writer.ints("dilations", {conv.window.dilation_h, conv.window.dilation_w});
  writer.integer("group", conv.groups);
  writer.weights(".weight", conv.weights);
  if (!conv.bias.empty()) writer.input(".bias", conv.bias);
}

}  // namespace

void register_conv(Registry& registry) {
  registry.reads("Conv", read);
  registry.writes<graph::Conv>(write);
}

}  // namespace phasecore::onnx
