// Attributes of sliding windows, which Conv and the pools share.
#pragma once

#include "models/graph/ops/conv.hpp"
#include "models/graph/window.hpp"
#include "models/onnx/node_reader.hpp"
#include "models/onnx/node_writer.hpp"

namespace phasecore::onnx {

/// Strides, dilations and padding (given or automatic) around a kernel {height, width}, or {width} of a line,
/// on an image of shape `in` (empty while unknown).
graph::Window read_window(NodeReader& reader, const std::vector<int>& kernel, const graph::Shape& in);

/// Ends a convolution whose weights and bias are there: of an image, or of a line, whose weights have a
/// dimension less.
void emit_conv(NodeReader& reader, graph::Conv conv, const Image& image);

/// kernel_shape, strides and pads.
void write_window(const graph::Window& window, NodeWriter& writer);

}  // namespace phasecore::onnx
