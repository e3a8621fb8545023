#include "models/onnx/window.hpp"

#include <algorithm>

namespace phasecore::onnx {
namespace {

/// SAME padding along one dimension: the output has ceil(in / stride) values.
void pad_same(int in, int kernel, int stride, int dilation, bool extra_at_end, int& before, int& after) {
  if (kernel < 1 || stride < 1 || dilation < 1) return;  // the operator reports these
  const long long out = (static_cast<long long>(in) + stride - 1) / stride;
  const long long span = static_cast<long long>(kernel - 1) * dilation + 1;
  const long long total =
      std::clamp<long long>((out - 1) * stride + span - in, 0, 2LL * graph::kMaxWindow + 2);
  before = static_cast<int>(extra_at_end ? total / 2 : total - total / 2);
  after = static_cast<int>(total) - before;
}

}  // namespace

graph::Window read_window(NodeReader& reader, const std::vector<int>& kernel, const graph::Shape& in) {
  Attributes& attributes = reader.attributes();
  const std::size_t dimensions = kernel.size();
  const auto strides = attributes.integers("strides", dimensions, 1);
  const auto dilations = attributes.integers("dilations", dimensions, 1);
  const auto pads = attributes.integers("pads", 2 * dimensions, 0);
  graph::Window w;
  w.kernel_w = kernel.back(), w.stride_w = strides.back(), w.dilation_w = dilations.back();
  w.pad_left = pads[dimensions - 1], w.pad_right = pads.back();
  if (dimensions == 2) {
    w.kernel_h = kernel[0], w.stride_h = strides[0], w.dilation_h = dilations[0];
    w.pad_top = pads[0], w.pad_bottom = pads[2];
  }
  const std::string rule = attributes.text("auto_pad", "NOTSET");
  if (rule == "NOTSET") return w;
  if (pads != std::vector<int>(2 * dimensions, 0))
    reader.problem("auto_pad " + rule + " and pads contradict each other");
  const bool upper = rule == "SAME_UPPER";
  if (upper || rule == "SAME_LOWER") {
    if (in.size() != 3) return w;  // the operator reports that it needs an image
    pad_same(in[1], w.kernel_h, w.stride_h, w.dilation_h, upper, w.pad_top, w.pad_bottom);
    pad_same(in[2], w.kernel_w, w.stride_w, w.dilation_w, upper, w.pad_left, w.pad_right);
  } else if (rule != "VALID") {
    reader.problem("auto_pad '" + rule + "' must be NOTSET, SAME_UPPER, SAME_LOWER or VALID");
  }
  return w;
}

void emit_conv(NodeReader& reader, graph::Conv conv, const Image& image) {
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

void write_window(const graph::Window& w, NodeWriter& writer) {
  writer.ints("kernel_shape", {w.kernel_h, w.kernel_w});
  writer.ints("strides", {w.stride_h, w.stride_w});
  writer.ints("pads", {w.pad_top, w.pad_left, w.pad_bottom, w.pad_right});
}

}  // namespace phasecore::onnx
