// QuantizeLinear, DequantizeLinear and the operators between codes.
#include "models/graph/ops/quantize.hpp"

#include "models/graph/ops/constant.hpp"
#include "models/graph/ops/conv.hpp"
#include "models/graph/ops/gemm.hpp"
#include "models/graph/ops/matmul.hpp"
#include "models/graph/ops/reshape.hpp"
#include "models/onnx/codes.hpp"
#include "models/onnx/node_writer.hpp"
#include "models/onnx/operators.hpp"
#include "models/onnx/window.hpp"

namespace phasecore::onnx {
namespace {

bool are_equal(const TensorCodes& a, const TensorCodes& b) {
  const graph::Codes &x = a.codes, &y = b.codes;
  return x.scale == y.scale && x.zero_point == y.zero_point && x.lowest == y.lowest &&
         x.highest == y.highest && a.scales == b.scales && a.zero_points == b.zero_points && a.axis == b.axis;
}

/// Do nodes before this one know the codes of its input? A problem where they know others.
bool are_known(NodeReader& reader, int input, const TensorCodes& codes) {
  const auto known = reader.codes_of(input);
  if (known && !are_equal(*known, codes))
    reader.problem("scale or zero point of '" + reader.node().input(input) + "' are not those it has");
  return known.has_value();
}

graph::Dequantize dequantize_of(const graph::Codes& codes) {
  graph::Dequantize dequantize;
  dequantize.codes = codes;
  return dequantize;
}

/// The values of an input of codes: those that were quantised before, else what the codes of the model's
/// input stand for.
Operand read_coded(NodeReader& reader, int input, const graph::Codes& codes) {
  Operand x = reader.coded_operand(input);
  if (!x.known || are_known(reader, input, {codes, {}, {}, 0})) return x;
  x.layer = reader.emit_helper(dequantize_of(codes), {x.layer}, ".values");
  x.integral = false;
  return x;
}

/// The axis of scales that are several.
int read_axis(NodeReader& reader) {
  for (const char* name : {"saturate", "output_dtype", "precision"}) reader.attributes().ignore(name);
  if (reader.attributes().integer("block_size", 0) != 0) reader.problem("block_size must be 0");
  return reader.attributes().integer("axis", 1);
}

void read_quantize(NodeReader& reader) {
  reader.expect_inputs(2, 3);
  const Operand x = reader.operand(0);
  const auto codes = read_tensor_codes(reader, x, 1, 2, read_axis(reader));
  if (!codes || !reader.ok() || !x.known) return reader.give_up();
  reader.emit_like(x, graph::Reshape(reader.shape_of(x.layer)));
  reader.set_codes(*codes);
}

void read_dequantize(NodeReader& reader) {
  reader.expect_inputs(2, 3);
  Operand x = reader.coded_operand(0);
  const auto codes = read_tensor_codes(reader, x, 1, 2, read_axis(reader));
  if (!codes || !reader.ok() || !x.known) return reader.give_up();
  x.integral = false;
  if (are_known(reader, 0, *codes)) return reader.emit_like(x, graph::Reshape(reader.shape_of(x.layer)));
  if (codes->are_by_row())
    reader.problem("its codes have several scales and no QuantizeLinear makes them; must have one scale");
  reader.emit_like(x, dequantize_of(codes->codes));
}

void write_codes(const graph::Codes& codes, NodeWriter& writer) {
  const int type = type_of(codes);
  if (type != ::onnx::TensorProto::INT8 && type != ::onnx::TensorProto::UINT8) writer.require_opset(21);
  writer.input(".scale", graph::Tensor{{}, {codes.scale}});
  writer.number(".zero_point", type, static_cast<int>(codes.zero_point));
}

/// A bias of 32-bit codes, whose scale is that of input times weights.
graph::Tensor read_bias(NodeReader& reader, int input, float input_scale, int weight_scale) {
  graph::Tensor bias = reader.numbers(input, "bias");
  const graph::Tensor scales = reader.floats(weight_scale, "scale of the weights");
  if (!reader.ok() || scales.values.empty()) return bias;
  for (std::size_t i = 0; i < bias.values.size(); ++i)
    bias.values[i] *= input_scale * scales.values[scales.values.size() == 1 ? 0 : i % scales.values.size()];
  return bias;
}

/// Channels of pixels or of a line's points.
Image image_of(NodeReader& reader, Operand x) {
  Image image;
  image.is_line = x.shape.size() == 2;
  if (image.is_line) x = reader.reshaped(x, {x.shape[0], 1, x.shape[1]});
  image.layer = x.layer;
  image.shape = x.shape;
  return image;
}

void read_conv(NodeReader& reader) {
  reader.expect_inputs(8, 9);
  const auto in = read_codes(reader, 1, 2), out = read_codes(reader, 6, 7);
  if (!in || !out) return reader.give_up();
  const Operand x = read_coded(reader, 0, *in);
  graph::Conv conv;
  conv.weights = read_coded_constant(reader, 3, 4, 5, 0);
  if (reader.has_input(8)) conv.bias = read_bias(reader, 8, in->scale, 4);
  if (!reader.ok() || !x.known) return reader.give_up();
  if (x.batch != 0 || (x.shape.size() != 3 && x.shape.size() != 2)) {
    reader.problem("supported only of images of one or two dimensions");
    return reader.give_up();
  }
  emit_conv(reader, std::move(conv), image_of(reader, x));
  reader.set_codes({*out, {}, {}, 0});
}

void read_matmul(NodeReader& reader) {
  reader.expect_inputs(8, 8);
  const auto a_codes = read_codes(reader, 1, 2), out = read_codes(reader, 6, 7);
  if (!a_codes || !out) return reader.give_up();
  const Operand a = read_coded(reader, 0, *a_codes);
  if (!reader.is_constant(3)) {
    reader.problem("its right side must be a constant");
    return reader.give_up();
  }
  graph::Tensor b = read_coded_constant(reader, 3, 4, 5, -1);
  if (!reader.ok() || !a.known) return reader.give_up();
  if (a.batch == 0 && a.shape.size() == 1 && b.shape.size() == 2) {
    graph::Gemm gemm;
    gemm.weights = {{b.shape[1], b.shape[0]}, {}};
    for (int column = 0; column < b.shape[1]; ++column)
      for (int row = 0; row < b.shape[0]; ++row)
        gemm.weights.values.push_back(b.values[static_cast<std::size_t>(row) * b.shape[1] + column]);
    reader.emit(std::move(gemm), {a.layer});
  } else {
    Operand matrix;
    matrix.shape = b.shape;
    matrix.batch = kNoBatch;
    matrix.known = true;
    matrix.layer = reader.emit_helper(graph::Constant(std::move(b)), {}, ".matrix");
    std::vector<Operand> sides{a, matrix};
    const int batch = reader.align(sides);
    reader.emit(graph::MatMul(), {sides[0].layer, sides[1].layer}, batch);
  }
  reader.set_codes({*out, {}, {}, 0});
}

}  // namespace

void register_quantize(Registry& registry) {
  registry.reads("QuantizeLinear", read_quantize);
  registry.reads("DequantizeLinear", read_dequantize);
  registry.writes<graph::Quantize>(
      [](const graph::Quantize& quantize, NodeWriter& writer) { write_codes(quantize.codes, writer); });
  registry.writes<graph::Dequantize>(
      [](const graph::Dequantize& dequantize, NodeWriter& writer) { write_codes(dequantize.codes, writer); });
  registry.reads("QLinearConv", read_conv);
  registry.reads("QLinearMatMul", read_matmul);
}

}  // namespace phasecore::onnx
