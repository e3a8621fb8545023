#include "models/graph/ops/concat.hpp"

#include <algorithm>
#include <optional>

#include "models/graph/ops/add.hpp"
#include "models/graph/ops/constant.hpp"
#include "models/graph/ops/pad.hpp"
#include "models/onnx/node_reader.hpp"
#include "models/onnx/node_writer.hpp"
#include "models/onnx/operators.hpp"

namespace phasecore::onnx {
namespace {

/// The one input that is no constant, if there are others.
std::optional<int> among_constants(const NodeReader& reader) {
  std::optional<int> found;
  for (int i = 0; i < reader.node().input_size(); ++i) {
    if (reader.is_constant(i)) continue;
    if (found) return std::nullopt;
    found = i;
  }
  return reader.node().input_size() > 1 ? found : std::nullopt;
}

/// Writes `part` behind `begin` along a dimension of `whole`.
void put(const graph::Tensor& part, int axis, int begin, graph::Tensor& whole) {
  const graph::Shape& shape = whole.shape;
  const auto inner = graph::volume({shape.begin() + axis + 1, shape.end()});
  const auto outer = graph::volume({shape.begin(), shape.begin() + axis});
  const auto run = static_cast<std::ptrdiff_t>(part.values.size()) / outer;
  for (std::ptrdiff_t o = 0; o < outer; ++o)
    std::copy_n(part.values.begin() + o * run, run, whole.values.begin() + (o * shape[axis] + begin) * inner);
}

/// Constants beside an activation, as a class token is: it is padded with zeros, to which they are added. So
/// whatever adds constants can read it.
void read_with_constants(NodeReader& reader, const std::vector<Operand>& operands, int axis, int activation) {
  const Operand& x = operands[activation];
  graph::Pad pad;
  pad.before.assign(x.shape.size(), 0);
  pad.after = pad.before;
  graph::Tensor constants{x.shape, {}};
  constants.shape[axis] = 0;
  for (const Operand& operand : operands) constants.shape[axis] += operand.shape[axis];
  if (!reader.may_compute(constants.shape)) return reader.give_up();
  constants.values.assign(static_cast<std::size_t>(graph::volume(constants.shape)), 0.0f);
  int begin = 0;
  for (int i = 0; i < static_cast<int>(operands.size()); ++i) {
    const int extent = operands[i].shape[axis];
    if (i != activation) {
      put(reader.floats(i, "part"), axis, begin, constants);
      (i < activation ? pad.before : pad.after)[axis] += extent;
    }
    begin += extent;
  }
  if (!reader.ok()) return reader.give_up();
  const int padded = reader.emit_helper(std::move(pad), {x.layer}, ".padded");
  const int parts = reader.emit_helper(graph::Constant(std::move(constants)), {}, ".constants");
  reader.emit_output(0, graph::Add(), {padded, parts}, {x.batch, false, std::nullopt});
}

/// Is each like the activation in all dimensions but one?
bool are_alike(const std::vector<Operand>& operands, int axis, int activation) {
  return std::all_of(operands.begin(), operands.end(), [&](const Operand& x) {
    graph::Shape shape = x.shape;
    if (shape.size() != operands[activation].shape.size()) return false;
    shape[axis] = operands[activation].shape[axis];
    return shape == operands[activation].shape;
  });
}

void read(NodeReader& reader) {
  const int count = reader.node().input_size();
  if (count == 0) reader.problem("has no inputs");
  if (reader.attributes().find("axis") == nullptr) reader.problem("attribute 'axis' is missing");
  std::vector<Operand> operands;
  for (int i = 0; i < count; ++i) operands.push_back(reader.any_operand(i));
  if (!reader.ok()) return reader.give_up();
  for (const Operand& x : operands) {
    if (!x.known) return reader.give_up();
    if (x.rank() != operands[0].rank()) reader.problem("its inputs do not have equally many dimensions");
    if (x.integral != operands[0].integral) reader.problem("its inputs are of different types");
  }
  const int batch = reader.ok() ? reader.align(operands) : 0;
  Operand whole = operands[0];
  whole.batch = batch;
  const int axis = reader.axis(whole, reader.attributes().integer("axis", 0));
  const auto activation = among_constants(reader);
  if (reader.ok() && activation && !whole.integral && are_alike(operands, axis, *activation))
    return read_with_constants(reader, operands, axis, *activation);
  std::vector<int> layers;
  for (const Operand& x : operands) layers.push_back(x.layer);
  reader.emit_output(0, graph::Concat(axis, count), layers, {batch, whole.integral, std::nullopt});
}

void write(const graph::Concat& concat, NodeWriter& writer) {
  writer.integer("axis", concat.axis + 1);
}

}  // namespace

void register_concat(Registry& registry) {
  registry.reads("Concat", read);
  registry.writes<graph::Concat>(write);
}

}  // namespace phasecore::onnx
