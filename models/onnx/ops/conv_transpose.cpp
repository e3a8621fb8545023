#include "models/graph/ops/conv_transpose.hpp"

#include <algorithm>

#include "models/onnx/operators.hpp"
#include "models/onnx/window.hpp"

namespace phasecore::onnx {
namespace {

using Extents = std::vector<int>;

/// The extent along one dimension without any padding.
long long full_extent(int in, int kernel, int stride, int dilation, int extra) {
  return static_cast<long long>(in - 1) * stride + static_cast<long long>(kernel - 1) * dilation + 1 + extra;
}

/// Paddings that leave `wanted` values; what cannot be halved goes to the end, or to the start. Values that
/// are missing are `extra` ones.
void pad_to(NodeReader& reader, long long full, long long wanted, bool odd_at_start, int& before, int& after,
            int& extra) {
  const long long total = std::max(0LL, full - wanted), missing = std::max(0LL, wanted - full);
  if (wanted < 1 || total > 2LL * graph::kMaxWindow || missing > graph::kMaxWindow)
    return reader.problem("cannot deliver " + std::to_string(wanted) + " of " + std::to_string(full) +
                          " values along a dimension");
  extra += static_cast<int>(missing);
  before = static_cast<int>(odd_at_start ? total - total / 2 : total / 2);
  after = static_cast<int>(total) - before;
}

/// What auto_pad or output_shape ask for, once everything else is known.
void set_pads(NodeReader& reader, const Image& image, const Extents& shape, const std::string& rule,
              graph::ConvTranspose& conv) {
  graph::Window& w = conv.window;
  const bool same = rule == "SAME_UPPER" || rule == "SAME_LOWER";
  if (!same && shape.empty()) return;
  if (w.kernel_h < 1 || w.kernel_w < 1 || w.stride_h < 1 || w.stride_w < 1 || image.shape.size() != 3) return;
  const long long height = full_extent(image.shape[1], w.kernel_h, w.stride_h, w.dilation_h, conv.extra_h);
  const long long width = full_extent(image.shape[2], w.kernel_w, w.stride_w, w.dilation_w, conv.extra_w);
  const bool is_line = image.is_line;
  const long long wanted_h =
      !shape.empty() ? (is_line ? 1 : shape[0]) : static_cast<long long>(image.shape[1]) * w.stride_h;
  const long long wanted_w =
      !shape.empty() ? shape.back() : static_cast<long long>(image.shape[2]) * w.stride_w;
  // The texts of the opsets differ in which side takes the odd one; runtimes put it at the end for SAME_UPPER
  // only.
  const bool at_start = rule != "SAME_UPPER";
  if (!is_line) pad_to(reader, height, wanted_h, at_start, w.pad_top, w.pad_bottom, conv.extra_h);
  pad_to(reader, width, wanted_w, at_start, w.pad_left, w.pad_right, conv.extra_w);
}

void read(NodeReader& reader) {
  reader.expect_inputs(2, 3);
  Attributes& attributes = reader.attributes();
  const Image image = reader.image(0);
  graph::ConvTranspose conv;
  conv.weights = reader.floats(1, "weights");
  if (reader.has_input(2)) conv.bias = reader.floats(2, "bias");
  graph::Shape& s = conv.weights.shape;
  const std::size_t rank = image.is_line ? 3 : 4, dimensions = rank - 2;
  if (reader.ok() && s.size() != rank)
    reader.problem("weights of shape " + graph::to_string(s) + " must have " + std::to_string(rank) +
                   " dimensions (" + (image.is_line ? "lines)" : "two-dimensional images)"));
  if (!reader.ok() || image.shape.empty()) return reader.give_up();
  const Extents kernel = attributes.find("kernel_shape") == nullptr
                             ? Extents(s.begin() + 2, s.end())
                             : attributes.integers("kernel_shape", dimensions, 1);
  if (image.is_line) s.insert(s.begin() + 2, 1);
  const Extents strides = attributes.integers("strides", dimensions, 1);
  const Extents dilations = attributes.integers("dilations", dimensions, 1);
  const Extents pads = attributes.integers("pads", 2 * dimensions, 0);
  const Extents extra = attributes.integers("output_padding", dimensions, 0);
  Extents shape = attributes.integers("output_shape").value_or(Extents{});
  if (shape.size() == dimensions + 2) shape.erase(shape.begin(), shape.begin() + 2);
  if (!shape.empty() && shape.size() != dimensions) reader.problem("attribute 'output_shape' does not fit");
  const std::string rule = attributes.text("auto_pad", "NOTSET");
  if (rule != "NOTSET" && rule != "VALID" && rule != "SAME_UPPER" && rule != "SAME_LOWER")
    reader.problem("auto_pad '" + rule + "' must be NOTSET, SAME_UPPER, SAME_LOWER or VALID");
  graph::Window& w = conv.window;
  w.kernel_w = kernel.back(), w.stride_w = strides.back(), w.dilation_w = dilations.back();
  w.pad_left = pads[dimensions - 1], w.pad_right = pads.back(), conv.extra_w = extra.back();
  if (!image.is_line) {
    w.kernel_h = kernel[0], w.stride_h = strides[0], w.dilation_h = dilations[0];
    w.pad_top = pads[0], w.pad_bottom = pads[2], conv.extra_h = extra[0];
  }
  conv.groups = attributes.integer("group", 1);
  if (!reader.ok()) return reader.give_up();
  set_pads(reader, image, shape, rule, conv);
  reader.emit_image(std::move(conv), image);
}

void write(const graph::ConvTranspose& conv, NodeWriter& writer) {
  write_window(conv.window, writer);
  writer.ints("dilations", {conv.window.dilation_h, conv.window.dilation_w});
  writer.ints("output_padding", {conv.extra_h, conv.extra_w});
  writer.integer("group", conv.groups);
  writer.weights(".weight", conv.weights);
  if (!conv.bias.empty()) writer.input(".bias", conv.bias);
}

}  // namespace

void register_conv_transpose(Registry& registry) {
  registry.reads("ConvTranspose", read);
  registry.writes<graph::ConvTranspose>(write);
}

}  // namespace phasecore::onnx
