// Gemm and MatMul: one vector times a constant matrix is what crossbars do; all else is a product of
// activations.
#include "models/graph/ops/gemm.hpp"

#include "models/graph/ops/add.hpp"
#include "models/graph/ops/arithmetic.hpp"
#include "models/graph/ops/constant.hpp"
#include "models/graph/ops/matmul.hpp"
#include "models/graph/ops/transpose.hpp"
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

/// Of products of a vector and a constant matrix, which crossbars can hold.
bool is_vector_times_constant(NodeReader& reader, const Operand& x) {
  return x.known && x.batch == 0 && x.shape.size() == 1 && reader.is_constant(1);
}

/// Of every step of {steps, values} and a constant matrix. A step is a step, wherever the batch stands in
/// front of its values.
bool is_sequence_times_constant(NodeReader& reader, const Operand& x) {
  if (!x.known || x.shape.size() != 2 || x.batch + 1 == x.rank() || !reader.is_constant(1)) return false;
  const auto matrix = reader.array(1, "weights");
  return matrix && matrix->shape.size() == 2;
}

void read_crossbar_gemm(NodeReader& reader, const Operand& x) {
  Attributes& attributes = reader.attributes();
  graph::Gemm gemm;
  const float alpha = attributes.real("alpha", 1), beta = attributes.real("beta", 1);
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
  reader.emit(std::move(gemm), {x.layer});
}

/// `x` times a number.
Operand scaled(NodeReader& reader, Operand x, float by, const std::string& suffix) {
  if (by == 1 || !x.known) return x;
  const int factor = reader.emit_helper(graph::Constant(graph::Tensor{{1}, {by}}), {}, suffix + ".factor");
  x.layer = reader.emit_helper(graph::Mul(), {x.layer, factor}, suffix);
  return x;
}

Operand transposed(NodeReader& reader, Operand x, const std::string& suffix) {
  if (!reader.ok() || !x.known) return x;
  if (x.batch != kNoBatch || x.shape.size() != 2) {
    reader.problem("transposes what is no matrix without a batch");
    return x;
  }
  x.layer = reader.emit_helper(graph::Transpose({1, 0}), {x.layer}, suffix);
  std::swap(x.shape[0], x.shape[1]);
  return x;
}

/// Whatever a Gemm may be: alpha * a * b + beta * c of matrices.
void read_any_gemm(NodeReader& reader) {
  Attributes& attributes = reader.attributes();
  Operand a = reader.operand(0), b = reader.operand(1);
  const float alpha = attributes.real("alpha", 1), beta = attributes.real("beta", 1);
  const bool a_transposed = attributes.integer("transA", 0) != 0;
  const bool b_transposed = attributes.integer("transB", 0) != 0;
  if (reader.ok() && (a.rank() != 2 || b.rank() != 2)) reader.problem("multiplies what is no matrix");
  if (a_transposed) a = transposed(reader, a, ".a");
  if (b_transposed) b = transposed(reader, b, ".b");
  if (reader.ok() && b.batch != kNoBatch) reader.problem("its matrix has a batch");
  if (!reader.ok() || !a.known || !b.known) return reader.give_up();
  a = scaled(reader, a, alpha, ".alpha");
  if (!reader.has_input(2)) return reader.emit(graph::MatMul(), {a.layer, b.layer}, a.batch);
  Operand product = a;
  product.shape.back() = b.shape[1];
  product.layer = reader.emit_helper(graph::MatMul(), {a.layer, b.layer}, ".product");
  std::vector<Operand> terms{product, scaled(reader, reader.operand(2), beta, ".beta")};
  const int batch = reader.align(terms);
  reader.emit(graph::Add(), {terms[0].layer, terms[1].layer}, batch);
}

void read(NodeReader& reader) {
  reader.expect_inputs(2, 3);
  const Operand x = reader.operand(0);
  const bool plain = reader.attributes().integer("transA", 0) == 0;
  if (!reader.ok() || !x.known) return reader.give_up();
  const bool bias_is_constant = !reader.has_input(2) || reader.is_constant(2);
  if (plain && bias_is_constant && is_vector_times_constant(reader, x)) return read_crossbar_gemm(reader, x);
  read_any_gemm(reader);
}

/// One side's place of the batch, counted from the end; 0: none. It must be no dimension of the matrix.
bool batch_is_stack(const Operand& x) {
  return x.batch == kNoBatch || x.rank() - x.batch > 2;
}

void read_matmul(NodeReader& reader) {
  reader.expect_inputs(2, 2);
  const Operand x = reader.operand(0);
  if (!reader.ok()) return reader.give_up();
  if (is_vector_times_constant(reader, x)) {
    graph::Gemm gemm;
    gemm.weights = read_matrix(reader, false);
    return reader.emit(std::move(gemm), {x.layer});
  }
  if (is_sequence_times_constant(reader, x)) {
    graph::Gemm gemm;
    gemm.weights = read_matrix(reader, false);
    return reader.emit_output(0, std::move(gemm), {x.layer}, {x.batch, false, std::nullopt});
  }
  const Operand y = reader.operand(1);
  if (!reader.ok() || !x.known || !y.known) return reader.give_up();
  // One matrix for all rows: a row is a row, wherever the batch stands among them.
  if (y.batch == kNoBatch && y.shape.size() <= 2 && (x.batch == kNoBatch || x.batch + 1 < x.rank())) {
    Form form{x.batch, false, std::nullopt};
    if (y.shape.size() == 1 && x.shape.size() == 1) form.shape = graph::Shape{};
    return reader.emit_output(0, graph::MatMul(), {x.layer, y.layer}, form);
  }
  if (!batch_is_stack(x) || !batch_is_stack(y)) {
    reader.problem("multiplies along the batch, whose images are computed one by one");
    return reader.give_up();
  }
  std::vector<Operand> sides{x, y};
  const int batch = reader.align(sides);
  reader.emit(graph::MatMul(), {sides[0].layer, sides[1].layer}, batch);
}

/// ONNX's Gemm multiplies matrices, which a batch of sequences is none of.
void write_of_steps(const graph::Gemm& gemm, NodeWriter& writer) {
  writer.type("MatMul");
  writer.weights(".weight", transposed(gemm.weights));
  if (!gemm.bias.empty()) writer.add_behind(".bias", gemm.bias);
}

void write(const graph::Gemm& gemm, NodeWriter& writer) {
  if (writer.rank() == 3) return write_of_steps(gemm, writer);
  writer.integer("transB", 1);
  writer.weights(".weight", gemm.weights);
  if (!gemm.bias.empty()) writer.input(".bias", gemm.bias);
}

}  // namespace

void register_gemm(Registry& registry) {
  registry.reads("Gemm", read);
  registry.reads("MatMul", read_matmul);
  registry.writes<graph::Gemm>(write);
  registry.writes<graph::MatMul>([](const graph::MatMul&, NodeWriter&) {});
}

}  // namespace phasecore::onnx
