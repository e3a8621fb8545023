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
  graph::Shape& s = conv.weights.shape;
  const std::size_t rank = image.is_line ? 3 : 4;
  if (reader.ok() && s.size() != rank)
    reader.problem("weights of shape " + graph::to_string(s) + " must have " + std::to_string(rank) +
                   " dimensions (" + (image.is_line ? "lines)" : "two-dimensional images)"));
  if (!reader.ok()) return reader.give_up();
  const auto kernel = reader.attributes().find("kernel_shape") == nullptr
                          ? std::vector<int>(s.begin() + 2, s.end())
                          : reader.attributes().integers("kernel_shape", rank - 2, 1);
  if (image.is_line) s.insert(s.begin() + 2, 1);
  conv.window = read_window(reader, kernel, image.shape);
  conv.groups = reader.attributes().integer("group", 1);
  reader.emit_image(std::move(conv), image);
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
