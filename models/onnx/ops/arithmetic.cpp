#include "models/graph/ops/arithmetic.hpp"

#include "models/graph/ops/add.hpp"
#include "models/graph/ops/constant.hpp"
#include "models/graph/ops/reshape.hpp"
#include "models/onnx/broadcast.hpp"
#include "models/onnx/node_writer.hpp"
#include "models/onnx/operators.hpp"

namespace phasecore::onnx {
namespace {

template <class T>
void add_of_two(Registry& registry) {
  registry.reads(T::kName, [](NodeReader& reader) {
    reader.expect_inputs(2, 2);
    emit_broadcast(reader, T());
  });
  registry.writes<T>([](const T&, NodeWriter&) {});
}

/// Operators of any number of operands, the first two of which are taken together, then the next, and so on.
template <class T>
void read_of_many(NodeReader& reader, bool mean) {
  const int count = reader.node().input_size();
  if (count == 0) reader.problem("has no inputs");
  std::vector<Operand> operands;
  for (int i = 0; i < count; ++i) operands.push_back(reader.operand(i));
  const int batch = reader.align(operands);
  for (const Operand& x : operands)
    if (!reader.ok() || !x.known) return reader.give_up();
  if (count == 1) return reader.emit_like(operands[0], graph::Reshape(reader.shape_of(operands[0].layer)));
  int so_far = operands[0].layer;
  for (int i = 1; i < count - (mean ? 0 : 1); ++i)
    so_far = reader.emit_helper(T(), {so_far, operands[i].layer}, "." + std::to_string(i));
  if (!mean) return reader.emit(T(), {so_far, operands.back().layer}, batch);
  const graph::Tensor share{{1}, {1 / static_cast<float>(count)}};
  reader.emit(graph::Mul(), {so_far, reader.emit_helper(graph::Constant(share), {}, ".share")}, batch);
}

template <class T>
void add_of_many(Registry& registry) {
  registry.reads(T::kName, [](NodeReader& reader) { read_of_many<T>(reader, false); });
  registry.writes<T>([](const T&, NodeWriter&) {});
}

}  // namespace

void register_arithmetic(Registry& registry) {
  add_of_two<graph::Sub>(registry);
  add_of_two<graph::Mul>(registry);
  add_of_two<graph::Div>(registry);
  add_of_two<graph::Pow>(registry);
  add_of_many<graph::Max>(registry);
  add_of_many<graph::Min>(registry);
  registry.reads("Sum", [](NodeReader& reader) { read_of_many<graph::Add>(reader, false); });
  registry.reads("Mean", [](NodeReader& reader) { read_of_many<graph::Add>(reader, true); });
}

}  // namespace phasecore::onnx
