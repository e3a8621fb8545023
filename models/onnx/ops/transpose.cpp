#include "models/graph/ops/transpose.hpp"

#include <algorithm>
#include <numeric>

#include "models/graph/ops/reshape.hpp"
#include "models/onnx/node_reader.hpp"
#include "models/onnx/node_writer.hpp"
#include "models/onnx/operators.hpp"

namespace phasecore::onnx {
namespace {

/// Do the axes of more than one value keep their order?
bool keeps_values(const std::vector<int>& order, const graph::Shape& from) {
  int last = -1;
  for (int axis : order) {
    if (from[axis] == 1) continue;
    if (axis < last) return false;
    last = axis;
  }
  return true;
}

void read(NodeReader& reader) {
  reader.expect_inputs(1, 1);
  const Operand x = reader.any_operand(0);
  if (!x.known) return reader.give_up();
  std::vector<int> order(static_cast<std::size_t>(x.rank()));
  std::iota(order.rbegin(), order.rend(), 0);
  order = reader.attributes().integers("perm").value_or(order);
  std::vector<int> sorted = order;
  std::sort(sorted.begin(), sorted.end());
  bool fits = static_cast<int>(sorted.size()) == x.rank();
  for (std::size_t d = 0; fits && d < sorted.size(); ++d) fits = sorted[d] == static_cast<int>(d);
  if (!fits) {
    reader.problem("attribute 'perm' is no order of " + std::to_string(x.rank()) + " dimensions");
    return reader.give_up();
  }
  int batch = kNoBatch;
  std::vector<int> own;
  for (std::size_t d = 0; d < order.size(); ++d)
    if (order[d] == x.batch)
      batch = static_cast<int>(d);
    else
      own.push_back(order[d] - (x.batch != kNoBatch && order[d] > x.batch ? 1 : 0));
  const Form form{batch, x.integral, std::nullopt};
  // One that moves the batch alone changes nothing in a sample.
  if (std::is_sorted(own.begin(), own.end()))
    return reader.emit_output(0, graph::Reshape(reader.shape_of(x.layer)), {x.layer},
                              {batch, x.integral, x.shape});
  if (keeps_values(own, x.shape)) {
    graph::Shape moved;
    for (const int axis : own) moved.push_back(x.shape[axis]);
    return reader.emit_output(0, graph::Reshape(std::move(moved)), {x.layer}, form);
  }
  reader.emit_output(0, graph::Transpose(std::move(own)), {x.layer}, form);
}

void write(const graph::Transpose& transpose, NodeWriter& writer) {
  std::vector<int> order{0};
  for (int d : transpose.order) order.push_back(d + 1);
  writer.ints("perm", order);
}

}  // namespace

void register_transpose(Registry& registry) {
  registry.reads("Transpose", read);
  registry.writes<graph::Transpose>(write);
}

}  // namespace phasecore::onnx
