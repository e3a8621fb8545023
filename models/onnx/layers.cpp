// What each supported ONNX operator means as a layer (onnx/docs/Operators.md, opsets 7 to 17).
#include <algorithm>
#include <cmath>
#include <limits>

#include "models/graph/check.hpp"
#include "models/onnx/importer.hpp"

namespace phasecore::onnx {
namespace {

using graph::Layer;
using graph::Op;
using graph::Shape;
using graph::Tensor;
using ::onnx::TensorProto;

/// SAME padding along one dimension: the output has ceil(in / stride) values.
void pad_same(int in, int kernel, int stride, int dilation, bool extra_at_end, int& before, int& after) {
  if (kernel < 1 || stride < 1 || dilation < 1) return;  // check_layer() reports these
  const long long out = (static_cast<long long>(in) + stride - 1) / stride;
  const long long span = static_cast<long long>(kernel - 1) * dilation + 1;
  const long long total =
      std::clamp<long long>((out - 1) * stride + span - in, 0, 2LL * graph::kMaxWindow + 2);
  before = static_cast<int>(extra_at_end ? total / 2 : total - total / 2);
  after = static_cast<int>(total) - before;
}

graph::Window read_window(NodeReader& reader, const std::vector<int>& kernel, const Shape& in) {
  Attributes& attributes = reader.attributes();
  const auto strides = attributes.integers("strides", 2, 1);
  const auto dilations = attributes.integers("dilations", 2, 1);
  const auto pads = attributes.integers("pads", 4, 0);
  graph::Window w;
  w.kernel_h = kernel[0], w.kernel_w = kernel[1];
  w.stride_h = strides[0], w.stride_w = strides[1];
  w.dilation_h = dilations[0], w.dilation_w = dilations[1];
  w.pad_top = pads[0], w.pad_left = pads[1], w.pad_bottom = pads[2], w.pad_right = pads[3];
  const std::string rule = attributes.text("auto_pad", "NOTSET");
  if (rule == "NOTSET") return w;
  if (pads != std::vector<int>(4, 0)) reader.problem("auto_pad " + rule + " and pads contradict each other");
  const bool upper = rule == "SAME_UPPER";
  if (upper || rule == "SAME_LOWER") {
    if (in.size() != 3) return w;  // check_layer() reports that it needs an image
    pad_same(in[1], w.kernel_h, w.stride_h, w.dilation_h, upper, w.pad_top, w.pad_bottom);
    pad_same(in[2], w.kernel_w, w.stride_w, w.dilation_w, upper, w.pad_left, w.pad_right);
  } else if (rule != "VALID") {
    reader.problem("auto_pad '" + rule + "' must be NOTSET, SAME_UPPER, SAME_LOWER or VALID");
  }
  return w;
}

void convert_conv(NodeReader& reader) {
  reader.expect_inputs(2, 3);
  Layer layer = reader.make_layer(Op::Conv, reader.activation(0));
  layer.weights = reader.floats(1, "weights");
  if (reader.has_input(2)) layer.bias = reader.floats(2, "bias");
  const Shape& s = layer.weights.shape;
  if (reader.ok() && s.size() != 4)
    reader.problem("weights of shape " + graph::to_string(s) +
                   " must have 4 dimensions (two-dimensional images)");
  if (!reader.ok()) return reader.give_up();
  const auto kernel = reader.attributes().find("kernel_shape") == nullptr
                          ? std::vector<int>{s[2], s[3]}
                          : reader.attributes().integers("kernel_shape", 2, 1);
  layer.window = read_window(reader, kernel, reader.shape_of(layer.inputs[0]));
  layer.groups = reader.attributes().integer("group", 1);
  reader.emit(std::move(layer));
}

/// {rows, columns} -> {columns, rows}.
Tensor transposed(const Tensor& t) {
  Tensor result{{t.shape[1], t.shape[0]}, std::vector<float>(t.values.size())};
  const std::size_t rows = static_cast<std::size_t>(t.shape[0]),
                    columns = static_cast<std::size_t>(t.shape[1]);
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t c = 0; c < columns; ++c) result.values[c * rows + r] = t.values[r * columns + c];
  return result;
}

/// The constant right side of a product as weights {out, in}.
Tensor read_matrix(NodeReader& reader, bool is_transposed) {
  Tensor weights = reader.floats(1, "weights");
  if (reader.ok() && weights.shape.size() != 2)
    reader.problem("weights of shape " + graph::to_string(weights.shape) + " must be a matrix");
  if (!reader.ok()) return {};
  return is_transposed ? weights : transposed(weights);
}

void convert_gemm(NodeReader& reader) {
  reader.expect_inputs(2, 3);
  Attributes& attributes = reader.attributes();
  Layer layer = reader.make_layer(Op::Gemm, reader.activation(0));
  const float alpha = attributes.real("alpha", 1), beta = attributes.real("beta", 1);
  if (attributes.integer("transA", 0) != 0) reader.problem("transA must be 0");
  layer.weights = read_matrix(reader, attributes.integer("transB", 0) != 0);
  if (reader.has_input(2)) layer.bias = reader.floats(2, "bias");
  if (!reader.ok()) return reader.give_up();
  for (float& w : layer.weights.values) w *= alpha;
  if (reader.has_input(2)) {
    const int outputs = layer.weights.shape[0];
    Shape& s = layer.bias.shape;
    if (s.size() == 2 && s[0] == 1) s.erase(s.begin());
    if (s.empty() || s == Shape{1})  // one value for all
      layer.bias = {{outputs}, std::vector<float>(static_cast<std::size_t>(outputs), layer.bias.values[0])};
    for (float& b : layer.bias.values) b *= beta;
  }
  reader.emit(std::move(layer));
}

void convert_matmul(NodeReader& reader) {
  reader.expect_inputs(2, 2);
  Layer layer = reader.make_layer(Op::Gemm, reader.activation(0));
  layer.weights = read_matrix(reader, false);
  reader.emit(std::move(layer));
}

void convert_batch_norm(NodeReader& reader) {
  reader.expect_inputs(5, 5);
  Attributes& attributes = reader.attributes();
  Layer layer = reader.make_layer(Op::BatchNorm, reader.activation(0));
  layer.scale = reader.floats(1, "scale");
  layer.bias = reader.floats(2, "offset");
  layer.mean = reader.floats(3, "mean");
  layer.variance = reader.floats(4, "variance");
  layer.epsilon = attributes.real("epsilon", 1e-5f);
  attributes.ignore("momentum");  // for training only
  if (attributes.integer("training_mode", 0) != 0) reader.problem("training_mode must be 0");
  if (reader.opset() < 9 && attributes.integer("spatial", 1) != 1) reader.problem("spatial must be 1");
  reader.emit(std::move(layer));
}

void convert_relu(NodeReader& reader) {
  reader.expect_inputs(1, 1);
  reader.emit(reader.make_layer(Op::Relu, reader.activation(0)));
}

float read_bound(NodeReader& reader, int input, const std::string& what, float otherwise) {
  if (!reader.has_input(input)) return otherwise;
  const Tensor bound = reader.floats(input, what);
  if (!reader.ok()) return otherwise;
  if (bound.values.size() != 1)
    reader.problem(what + " of shape " + graph::to_string(bound.shape) + " must be one number");
  return reader.ok() ? bound.values[0] : otherwise;
}

void convert_clip(NodeReader& reader) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  reader.expect_inputs(1, reader.opset() < 11 ? 1 : 3);
  Layer layer = reader.make_layer(Op::Clip, reader.activation(0));
  if (reader.opset() < 11) {
    layer.clip_min = reader.attributes().real("min", -kInfinity);
    layer.clip_max = reader.attributes().real("max", kInfinity);
  } else {
    layer.clip_min = read_bound(reader, 1, "minimum", -kInfinity);
    layer.clip_max = read_bound(reader, 2, "maximum", kInfinity);
  }
  reader.emit(std::move(layer));
}

void convert_add(NodeReader& reader) {
  reader.expect_inputs(2, 2);
  if (!reader.ok()) return reader.give_up();
  if (reader.is_constant(0) != reader.is_constant(1))
    return reader.is_constant(0) ? reader.fold_bias(1, 0) : reader.fold_bias(0, 1);
  Layer layer = reader.make_layer(Op::Add, reader.activation(0));
  layer.inputs.push_back(reader.activation(1));
  reader.emit(std::move(layer));
}

void convert_pool(NodeReader& reader, Op op) {
  reader.expect_inputs(1, 1);
  Attributes& attributes = reader.attributes();
  Layer layer = reader.make_layer(op, reader.activation(0));
  if (attributes.find("kernel_shape") == nullptr) reader.problem("attribute 'kernel_shape' is missing");
  layer.window =
      read_window(reader, attributes.integers("kernel_shape", 2, 1), reader.shape_of(layer.inputs[0]));
  layer.window.ceil_mode = attributes.integer("ceil_mode", 0) != 0;
  if (op == Op::AveragePool) layer.window.count_include_pad = attributes.integer("count_include_pad", 0) != 0;
  if (op == Op::MaxPool) attributes.ignore("storage_order");  // concerns the indices, which are not supported
  reader.emit(std::move(layer));
}

void convert_max_pool(NodeReader& reader) {
  convert_pool(reader, Op::MaxPool);
}
void convert_average_pool(NodeReader& reader) {
  convert_pool(reader, Op::AveragePool);
}

void convert_global_average_pool(NodeReader& reader) {
  reader.expect_inputs(1, 1);
  reader.emit(reader.make_layer(Op::GlobalAveragePool, reader.activation(0)));
}

void convert_reduce_mean(NodeReader& reader) {
  reader.expect_inputs(1, 1);
  const int input = reader.activation(0);
  const int rank = static_cast<int>(reader.shape_of(input).size()) + 1;
  std::vector<int> axes = reader.attributes().integers("axes").value_or(std::vector<int>{});
  for (int& axis : axes) axis += axis < 0 ? rank : 0;
  std::sort(axes.begin(), axes.end());
  const bool keep = reader.attributes().integer("keepdims", 1) != 0;
  if (rank == 1) return reader.give_up();  // the shape is unknown, which has been reported
  if (rank != 4 || axes != std::vector<int>{2, 3})
    reader.problem("supported only over height and width of an image (axes 2 and 3)");
  Layer layer = reader.make_layer(Op::GlobalAveragePool, input);
  if (keep) return reader.emit(std::move(layer));
  const int pooled = reader.emit_helper(std::move(layer), ".pool");
  reader.emit(reader.make_layer(Op::Flatten, pooled));
}

void convert_flatten(NodeReader& reader) {
  reader.expect_inputs(1, 1);
  Layer layer = reader.make_layer(Op::Flatten, reader.activation(0));
  const int rank = static_cast<int>(reader.shape_of(layer.inputs[0]).size()) + 1;
  const int axis = reader.attributes().integer("axis", 1);
  if (rank > 1 && axis != 1 && axis + rank != 1)
    reader.problem("axis " + std::to_string(axis) + " must be 1");
  reader.emit(std::move(layer));
}

std::string shape_text(const std::vector<std::int64_t>& target) {
  std::string text;
  for (const auto t : target) text += (text.empty() ? "(" : ", ") + std::to_string(t);
  return text.empty() ? "()" : text + ")";
}

/// The target of a Reshape with 0 (copy) and -1 (the rest) filled in; empty if it makes no sense.
std::vector<std::int64_t> resolve_target(std::vector<std::int64_t> target,
                                         const std::vector<std::int64_t>& from, bool copy_zeros) {
  std::int64_t total = 1, known = 1;
  for (const auto extent : from) total *= extent;  // a layer's volume times the batch: below 2^56
  std::int64_t* rest = nullptr;
  for (std::size_t d = 0; d < target.size(); ++d) {
    if (target[d] == 0 && copy_zeros && d < from.size()) target[d] = from[d];
    if (target[d] == -1 && rest == nullptr) {
      rest = &target[d];
    } else if (target[d] < 1 || target[d] > total / known) {
      return {};
    } else {
      known *= target[d];
    }
  }
  if (rest != nullptr) *rest = total / known;
  if (known * (rest != nullptr ? *rest : 1) != total) return {};
  return target;
}

void convert_reshape(NodeReader& reader) {
  reader.expect_inputs(2, 2);
  const bool copy_zeros = reader.attributes().integer("allowzero", 0) == 0;
  Layer layer = reader.make_layer(Op::Reshape, reader.activation(0));
  const Shape in = reader.shape_of(layer.inputs[0]);
  const auto target = reader.ints(1, "target shape");
  if (!reader.ok() || in.empty()) return reader.give_up();
  std::vector<std::int64_t> from{reader.batch()};
  from.insert(from.end(), in.begin(), in.end());
  const auto resolved = resolve_target(*target, from, copy_zeros);
  if (resolved.empty()) {
    reader.problem("cannot turn " + graph::to_string(in) + " into " + shape_text(*target));
  } else if (resolved[0] != reader.batch() || resolved.size() < 2) {
    reader.problem("target shape " + shape_text(*target) + " does not keep the batch dimension");
  } else {
    layer.shape.assign(resolved.begin() + 1, resolved.end());
  }
  reader.emit(std::move(layer));
}

void convert_softmax(NodeReader& reader) {
  reader.expect_inputs(1, 1);
  Layer layer = reader.make_layer(Op::Softmax, reader.activation(0));
  const int axis = reader.attributes().integer("axis", reader.opset() < 13 ? 1 : -1);
  if (axis != 1 && axis != -1) reader.problem("axis " + std::to_string(axis) + " must be 1 or -1");
  reader.emit(std::move(layer));
}

void convert_identity(NodeReader& reader) {
  reader.expect_inputs(1, 1);
  reader.alias();
}

void convert_dropout(NodeReader& reader) {
  reader.expect_inputs(1, 3);
  // Dropout does nothing at inference, whatever its ratio and seed.
  reader.attributes().ignore("ratio");
  reader.attributes().ignore("seed");
  if (reader.has_input(2)) reader.problem("training_mode is not supported");
  reader.alias();
}

void convert_constant(NodeReader& reader) {
  reader.expect_inputs(0, 0);
  Attributes& attributes = reader.attributes();
  TensorProto tensor;
  if (const auto* value = attributes.find("value"); value != nullptr && value->has_t()) {
    tensor = value->t();
  } else if (const auto* real = attributes.find("value_float"); real != nullptr) {
    tensor.set_data_type(TensorProto::FLOAT);
    tensor.add_float_data(real->f());
  } else if (const auto* reals = attributes.find("value_floats"); reals != nullptr) {
    tensor.set_data_type(TensorProto::FLOAT);
    tensor.add_dims(reals->floats_size());
    *tensor.mutable_float_data() = reals->floats();
  } else if (const auto* integer = attributes.find("value_int"); integer != nullptr) {
    tensor.set_data_type(TensorProto::INT64);
    tensor.add_int64_data(integer->i());
  } else if (const auto* integers = attributes.find("value_ints"); integers != nullptr) {
    tensor.set_data_type(TensorProto::INT64);
    tensor.add_dims(integers->ints_size());
    *tensor.mutable_int64_data() = integers->ints();
  } else {
    reader.problem("holds no numbers");
  }
  reader.define(std::move(tensor));
}

using Converter = void (*)(NodeReader&);

const std::map<std::string, Converter>& converters() {
  static const std::map<std::string, Converter> table{
      {"Add", convert_add},
      {"AveragePool", convert_average_pool},
      {"BatchNormalization", convert_batch_norm},
      {"Clip", convert_clip},
      {"Constant", convert_constant},
      {"Conv", convert_conv},
      {"Dropout", convert_dropout},
      {"Flatten", convert_flatten},
      {"Gemm", convert_gemm},
      {"GlobalAveragePool", convert_global_average_pool},
      {"Identity", convert_identity},
      {"MatMul", convert_matmul},
      {"MaxPool", convert_max_pool},
      {"ReduceMean", convert_reduce_mean},
      {"Relu", convert_relu},
      {"Reshape", convert_reshape},
      {"Softmax", convert_softmax},
  };
  return table;
}

}  // namespace

bool is_standard(const ::onnx::NodeProto& node) {
  return node.domain().empty() || node.domain() == "ai.onnx";
}

bool passes_through(const ::onnx::NodeProto& node) {
  return is_standard(node) && (node.op_type() == "Identity" || node.op_type() == "Dropout");
}

void convert(NodeReader& reader) {
  const ::onnx::NodeProto& node = reader.node();
  const auto found = converters().find(node.op_type());
  if (found != converters().end() && is_standard(node)) {
    reader.check_outputs();
    return reader.ok() ? found->second(reader) : reader.give_up();
  }
  std::string supported;
  for (const auto& [name, converter] : converters()) supported += (supported.empty() ? "" : ", ") + name;
  reader.problem("operator not supported; supported are " + supported);
  reader.give_up();
}

}  // namespace phasecore::onnx
