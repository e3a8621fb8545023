// Functions that exporters write as several nodes, one of them a product of x with a function of x: Swish
// (x * Sigmoid(x)), HardSwish (x * HardSigmoid(x)), Mish (x * Tanh(Softplus(x))), and Gelu by Erf, whose
// constants may stand anywhere. They become one layer, which a chip computes with the layer before it.
#include <cmath>

#include "models/graph/ops/arithmetic.hpp"
#include "models/graph/ops/pointwise.hpp"
#include "models/onnx/lines.hpp"
#include "models/onnx/node_reader.hpp"
#include "models/onnx/simplification.hpp"

namespace phasecore::onnx {
namespace {

bool is_near(double value, double wanted) {
  return std::fabs(value - wanted) < 1e-5 * std::fabs(wanted);
}

/// The layer that a function of type T reads; -1 if `layer` is none.
template <class T>
int argument_of(const NodeReader& reader, int layer) {
  return layer >= 0 && reader.layer(layer).is<T>() ? reader.layer(layer).inputs[0] : -1;
}

/// Is `gate` 1 + erf(x / sqrt(2)), times the factor that is returned? 0 if not.
double gelu_factor(const NodeReader& reader, int x, int gate) {
  const Line outer = lines_to(reader, gate);
  const int argument = argument_of<graph::Erf>(reader, outer.layer);
  if (argument < 0 || !is_near(outer.shift, outer.factor)) return 0;
  // x itself may be a line of something, which is where this search would end, too.
  const Line of_x = lines_to(reader, x), inner = lines_to(reader, argument);
  const double root = std::sqrt(0.5);
  const bool same = inner.layer == of_x.layer && is_near(inner.factor, root * of_x.factor) &&
                    std::fabs(inner.shift - root * of_x.shift) <= 1e-5 * std::fabs(of_x.shift);
  return same ? outer.factor : 0;
}

/// What multiplies x with a function of x.
struct Product {
  int x = -1, gate = -1;
};

bool emit_simple(NodeReader& reader, const Operand& from, const Product& product) {
  const auto& gate = reader.layer(product.gate);
  if (argument_of<graph::Sigmoid>(reader, product.gate) == product.x)
    return reader.emit_like(from, graph::Swish()), true;
  const auto* hard = gate.as<graph::HardSigmoid>();
  if (hard != nullptr && gate.inputs[0] == product.x && is_near(hard->alpha, 1.0 / 6) && hard->beta == 0.5f)
    return reader.emit_like(from, graph::HardSwish()), true;
  const int softplus = argument_of<graph::Tanh>(reader, product.gate);
  if (argument_of<graph::Softplus>(reader, softplus) == product.x && product.x >= 0)
    return reader.emit_like(from, graph::Mish()), true;
  return false;
}

/// Is factor * x * (1 + erf(...)) a Gelu? `x` may have been multiplied beforehand, by 1/2 for instance.
bool emit_gelu(NodeReader& reader, const Operand& from, const Product& product, double factor) {
  if (is_near(factor * gelu_factor(reader, product.x, product.gate), 0.5))
    return reader.emit_like(from, graph::Gelu()), true;
  const auto line = line_of(reader, reader.layer(product.x));
  if (!line || line->shift != 0 || reader.shape_of(line->layer) != reader.shape_of(product.x)) return false;
  if (!is_near(factor * line->factor * gelu_factor(reader, line->layer, product.gate), 0.5)) return false;
  Operand before = from;
  before.layer = line->layer;
  return reader.emit_like(before, graph::Gelu()), true;
}

bool is_plain(const NodeReader& reader, int input) {
  return reader.is_activation(input) && reader.view(input) == nullptr;
}

/// x * f(x) in either order.
bool product(NodeReader& reader) {
  if (reader.node().input_size() != 2 || !is_plain(reader, 0) || !is_plain(reader, 1)) return false;
  const Operand operands[2] = {reader.pointwise_operand(0), reader.pointwise_operand(1)};
  if (!reader.ok() || operands[0].shape != operands[1].shape || operands[0].batch != operands[1].batch)
    return false;
  for (const int x : {0, 1}) {
    const Product product{operands[x].layer, operands[1 - x].layer};
    if (emit_simple(reader, operands[x], product) || emit_gelu(reader, operands[x], product, 1)) return true;
  }
  return false;
}

/// 1/2 * (x * f(x)).
bool half(NodeReader& reader) {
  if (reader.node().input_size() != 2 || reader.is_constant(0) == reader.is_constant(1)) return false;
  const int input = reader.is_constant(0) ? 1 : 0;
  if (!is_plain(reader, input) || !reader.is_alone(input)) return false;
  const graph::Layer layer = reader.producer(input);
  if (!layer.is<graph::Mul>() || reader.numbers(1 - input, "factor").values != std::vector<float>{0.5f})
    return false;
  const Operand of_product = reader.pointwise_operand(input);
  for (const int x : {0, 1}) {
    Operand from = of_product;
    from.layer = layer.inputs[x];
    if (reader.shape_of(from.layer) == reader.shape_of(of_product.layer) &&
        emit_gelu(reader, from, {layer.inputs[x], layer.inputs[1 - x]}, 0.5))
      return true;
  }
  return false;
}

}  // namespace

void register_activation(Rules& rules) {
  rules.applies("Mul", product);
  rules.applies("Mul", half);
}

}  // namespace phasecore::onnx
