#include "models/graph/ops/conv.hpp"

#include "models/onnx/operators.hpp"
#include "models/onnx/window.hpp"

namespace phasecore::onnx {
namespace {

void read(NodeReader& reader) {
  reader.expect_inputs(2, 3);
  const int input = reader.activation(0);
  graph::Conv conv;
  conv.weights = reader.floats(1, "weights");
  if (reader.has_input(2)) conv.bias = reader.floats(2, "bias");
  const graph::Shape& s = conv.weights.shape;
  if (reader.ok() && s.size() != 4)
    reader.problem("weights of shape " + graph::to_string(s) +
                   " must have 4 dimensions (two-dimensional images)");
  if (!reader.ok()) return reader.give_up();
  const auto kernel = reader.attributes().find("kernel_shape") == nullptr
                          ? std::vector<int>{s[2], s[3]}
                          : reader.attributes().integers("kernel_shape", 2, 1);
  conv.window = read_window(reader, kernel, reader.shape_of(input));
  conv.groups = reader.attributes().integer("group", 1);
  reader.emit(std::move(conv), {input});
}

void write(const graph::Conv& conv, NodeWriter& writer) {
  write_window(conv.window, writer);
  writer.ints("dilations", {conv.window.dilation_h, conv.window.dilation_w});
  writer.integer("group", conv.groups);
  writer.input(".weight", conv.weights);
  if (!conv.bias.empty()) writer.input(".bias", conv.bias);
}

}  // namespace

void register_conv(Registry& registry) {
  registry.reads("Conv", read);
  registry.writes<graph::Conv>(write);
}

}  // namespace phasecore::onnx
