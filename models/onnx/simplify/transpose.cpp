// Transposes of exporters that keep the channels last: they meet their opposite or end in the network's
// input. All others are put off until somebody reads them who cannot do without.
#include <algorithm>

#include "models/onnx/node_reader.hpp"
#include "models/onnx/simplification.hpp"

namespace phasecore::onnx {
namespace {

/// The node's order of axes; nullopt if it is none.
std::optional<std::vector<int>> order_of(NodeReader& reader, int rank) {
  const auto given = reader.attributes().integers("perm");
  std::vector<int> order = given.value_or(std::vector<int>{});
  if (!given)
    for (int d = rank; d-- > 0;) order.push_back(d);
  for (int& axis : order) axis += axis < 0 ? rank : 0;
  std::vector<int> sorted = order;
  std::sort(sorted.begin(), sorted.end());
  if (static_cast<int>(sorted.size()) != rank) return std::nullopt;
  for (int d = 0; d < rank; ++d)
    if (sorted[d] != d) return std::nullopt;
  return order;
}

bool changes_nothing(const std::vector<int>& order) {
  return std::is_sorted(order.begin(), order.end());
}

bool apply(NodeReader& reader) {
  const View* before = reader.view(0);
  if (before != nullptr && before->order.empty()) return false;
  const graph::Shape from = reader.plain_shape(0);
  if (from.empty()) return false;
  auto order = order_of(reader, static_cast<int>(from.size()));
  if (!order) return false;
  ::onnx::NodeProto node = reader.node();
  if (before != nullptr) {  // both in one
    for (int& axis : *order) axis = before->order[axis];
    node.set_input(0, before->base);
    node.clear_attribute();
    auto* perm = node.add_attribute();
    perm->set_name("perm");
    perm->set_type(::onnx::AttributeProto::INTS);
    for (int axis : *order) perm->add_ints(axis);
    reader.replace_by(std::move(node));
    return true;
  }
  if (changes_nothing(*order)) return reader.alias(), true;
  if (reader.reorder_input(*order)) return true;
  View view;
  view.order = std::move(*order);
  reader.put_off(std::move(view));
  return true;
}

}  // namespace

void register_transpose(Rules& rules) {
  rules.applies_only("Transpose", apply,
                     "where it can be moved into the network's input, into weights, or to its opposite");
}

}  // namespace phasecore::onnx
