// What reads a Transpose and can do without: it reads the values as they are, and the Transpose moves behind
// it.
#include <algorithm>
#include <set>

#include "models/onnx/node_reader.hpp"
#include "models/onnx/shapes.hpp"
#include "models/onnx/simplification.hpp"

namespace phasecore::onnx {
namespace {

const View* transpose_before(NodeReader& reader, int input) {
  const View* view = reader.view(input);
  return view != nullptr && !view->order.empty() ? view : nullptr;
}

/// A constant as it has to be where the axes are in their old order; nullopt if it has none of them.
std::optional<Array> turned_back(NodeReader& reader, int input, const std::vector<int>& order) {
  auto constant = reader.array(input, "constant");
  if (!constant || constant->size() == 1) return constant;
  if (constant->shape.size() > order.size()) return std::nullopt;
  constant->shape.insert(constant->shape.begin(), order.size() - constant->shape.size(), 1);
  std::vector<int> back(order.size());
  for (std::size_t d = 0; d < order.size(); ++d) back[order[d]] = static_cast<int>(d);
  return transposed(*constant, back);
}

/// Value by value: all activations are seen through the same Transpose, constants are turned back.
bool value_by_value(NodeReader& reader) {
  const View* first = nullptr;
  for (int i = 0; i < reader.node().input_size(); ++i) {
    if (!reader.has_input(i) || reader.is_constant(i)) continue;
    const View* view = transpose_before(reader, i);
    if (view == nullptr || (first != nullptr && view->order != first->order)) return false;
    first = view;
  }
  if (first == nullptr) return false;
  const std::vector<int> order = first->order;
  ::onnx::NodeProto node = reader.node();
  for (int i = 0; i < node.input_size(); ++i) {
    if (!reader.has_input(i)) continue;
    if (const View* view = transpose_before(reader, i)) {
      node.set_input(i, view->base);
    } else {
      auto constant = turned_back(reader, i, order);
      if (!constant) return false;
      node.set_input(i, reader.constant_tensor(std::move(*constant)));
    }
  }
  reader.replace_by_transposed(std::move(node), order);
  return true;
}

::onnx::AttributeProto* attribute_of(::onnx::NodeProto& node, const std::string& name) {
  for (auto& attribute : *node.mutable_attribute())
    if (attribute.name() == name) return &attribute;
  return nullptr;
}

/// Along an axis, which is another one of the values as they are.
bool along_axis(NodeReader& reader, int default_axis) {
  const View* first = transpose_before(reader, 0);
  if (first == nullptr) return false;
  const std::vector<int> order = first->order;
  ::onnx::NodeProto node = reader.node();
  for (int i = 0; i < node.input_size(); ++i) {
    const View* view = transpose_before(reader, i);
    if (view == nullptr || view->order != order) return false;
    node.set_input(i, view->base);
  }
  const auto axis =
      axis_of(reader.attributes().integer("axis", default_axis), static_cast<int>(order.size()));
  if (!axis) return false;
  ::onnx::AttributeProto* attribute = attribute_of(node, "axis");
  if (attribute == nullptr) attribute = node.add_attribute();
  attribute->set_name("axis");
  attribute->set_type(::onnx::AttributeProto::INT);
  attribute->set_i(order[*axis]);
  reader.replace_by_transposed(std::move(node), order);
  return true;
}

/// Over axes, which are others of the values as they are. The axes that stay keep their order, or are put off
/// again.
bool over_axes(NodeReader& reader) {
  const View* view = transpose_before(reader, 0);
  if (view == nullptr || (reader.has_input(1) && !reader.is_constant(1))) return false;
  const auto given = reader.list(1, "axes");
  const int rank = static_cast<int>(view->order.size());
  const auto axes = given ? axes_of(*given, rank) : std::nullopt;
  if (!axes) return false;
  const bool keep = reader.attributes().integer("keepdims", 1) != 0;
  Integers moved;
  for (int axis : *axes) moved.push_back(view->order[axis]);
  std::vector<int> order;  // of what is left
  for (int d = 0; d < rank; ++d)
    if (keep || !std::binary_search(axes->begin(), axes->end(), d)) order.push_back(view->order[d]);
  if (!keep) {
    std::vector<int> left = order;
    std::sort(left.begin(), left.end());
    for (int& axis : order)
      axis = static_cast<int>(std::lower_bound(left.begin(), left.end(), axis) - left.begin());
  }
  ::onnx::NodeProto node = reader.node();
  node.set_input(0, view->base);
  if (reader.has_input(1)) {
    node.set_input(1, reader.constant_tensor({{static_cast<int>(moved.size())}, moved}));
  } else {
    ::onnx::AttributeProto* attribute = attribute_of(node, "axes");
    attribute->clear_ints();
    for (const auto axis : moved) attribute->add_ints(axis);
  }
  reader.replace_by_transposed(std::move(node), order);
  return true;
}

/// Only constants of one value, or none: bounds of a Clip stay as they are.
bool of_one_activation(NodeReader& reader) {
  const View* view = transpose_before(reader, 0);
  if (view == nullptr) return false;
  const std::vector<int> order = view->order;
  ::onnx::NodeProto node = reader.node();
  node.set_input(0, view->base);
  reader.replace_by_transposed(std::move(node), order);
  return true;
}

}  // namespace

void register_transposed(Rules& rules) {
  for (const char* op :
       {"Relu",        "Clip",    "LeakyRelu", "Elu",      "Selu",     "Celu", "HardSwish",
        "HardSigmoid", "Sigmoid", "Tanh",      "Softplus", "Softsign", "Gelu", "Swish",
        "Mish",        "Erf",     "Exp",       "Sqrt",     "Abs",      "Neg",  "ThresholdedRelu",
        "Identity",    "Dropout"})
    rules.applies(op, of_one_activation);
  for (const char* op : {"Add", "Sub", "Mul", "Div", "Pow", "PRelu", "Min", "Max"})
    rules.applies(op, value_by_value);
  rules.applies("Concat", [](NodeReader& reader) { return along_axis(reader, 0); });
  for (const char* op : {"ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin"}) rules.applies(op, over_axes);
}

}  // namespace phasecore::onnx
