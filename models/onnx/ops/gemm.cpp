#include "models/graph/ops/gemm.hpp"

#include "models/onnx/node_reader.hpp"
#include "models/onnx/node_writer.hpp"
#include "models/onnx/operators.hpp"

namespace phasecore::onnx {
namespace {

/// {rows, columns} -> {columns, rows}.
graph::Tensor transposed(const graph::Tensor& t) {
  graph::Tensor result{{t.shape[1], t.shape[0]}, std::vector<float>(t.values.size())};
  const std::size_t rows = static_cast<std::size_t>(t.shape[0]),
                    columns = static_cast<std::size_t>(t.shape[1]);
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t c = 0; c < columns; ++c) result.values[c * rows + r] = t.values[r * columns + c];
  return result;
}

/// The constant right side of a product as weights {out, in}.
graph::Tensor read_matrix(NodeReader& reader, bool is_transposed) {
  graph::Tensor weights = reader.floats(1, "weights");
  if (reader.ok() && weights.shape.size() != 2)
    reader.problem("weights of shape " + graph::to_string(weights.shape) + " must be a matrix");
  if (!reader.ok()) return {};
  return is_transposed ? weights : transposed(weights);
}

void read(NodeReader& reader) {
  reader.expect_inputs(2, 3);
  Attributes& attributes = reader.attributes();
  const int input = reader.activation(0);
  graph::Gemm gemm;
  const float alpha = attributes.real("alpha", 1), beta = attributes.real("beta", 1);
  if (attributes.integer("transA", 0) != 0) reader.problem("transA must be 0");
  gemm.weights = read_matrix(reader, attributes.integer("transB", 0) != 0);
  if (reader.has_input(2)) gemm.bias = reader.floats(2, "bias");
  if (!reader.ok()) return reader.give_up();
  for (float& w : gemm.weights.values) w *= alpha;
  if (reader.has_input(2)) {
    const int outputs = gemm.weights.shape[0];
    graph::Shape& s = gemm.bias.shape;
    if (s.size() == 2 && s[0] == 1) s.erase(s.begin());
    if (s.empty() || s == graph::Shape{1})  // one value for all
      gemm.bias = {{outputs}, std::vector<float>(static_cast<std::size_t>(outputs), gemm.bias.values[0])};
    for (float& b : gemm.bias.values) b *= beta;
  }
  reader.emit(std::move(gemm), {input});
}

void read_matmul(NodeReader& reader) {
  reader.expect_inputs(2, 2);
  const int input = reader.activation(0);
  graph::Gemm gemm;
  gemm.weights = read_matrix(reader, false);
  reader.emit(std::move(gemm), {input});
}

void write(const graph::Gemm& gemm, NodeWriter& writer) {
  writer.integer("transB", 1);
  writer.input(".weight", gemm.weights);
  if (!gemm.bias.empty()) writer.input(".bias", gemm.bias);
}

}  // namespace

void register_gemm(Registry& registry) {
  registry.reads("Gemm", read);
  registry.reads("MatMul", read_matmul);
  registry.writes<graph::Gemm>(write);
}

}  // namespace phasecore::onnx
