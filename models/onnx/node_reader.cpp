#include "models/onnx/node_reader.hpp"

#include <algorithm>

#include "models/graph/ops/input.hpp"
#include "models/graph/ops/reshape.hpp"
#include "models/onnx/importer.hpp"
#include "models/onnx/metadata.hpp"
#include "models/onnx/operators.hpp"
#include "models/onnx/tensors.hpp"

namespace phasecore::onnx {

using ::onnx::NodeProto;
using ::onnx::TensorProto;

namespace {

NodeProto transpose(const std::string& from, const std::string& to, const std::vector<int>& order) {
  NodeProto node;
  node.set_op_type("Transpose");
  node.add_input(from);
  node.add_output(to);
  auto* perm = node.add_attribute();
  perm->set_name("perm");
  perm->set_type(::onnx::AttributeProto::INTS);
  for (int axis : order) perm->add_ints(axis);
  return node;
}

}  // namespace

NodeReader::NodeReader(Importer& importer, const NodeProto& node, std::string name)
    : importer_(importer),
      node_(node),
      name_(std::move(name)),
      attributes_(node, [this](const std::string& what) { problem(what); }) {}

int NodeReader::opset() const {
  return importer_.opset_;
}

int NodeReader::batch() const {
  return importer_.batch_;
}

const graph::Shape& NodeReader::shape_of(int layer) const {
  return importer_.network_.layers[layer].shape;
}

const graph::Layer& NodeReader::layer(int index) const {
  return importer_.network_.layers[index];
}

void NodeReader::problem(const std::string& what) {
  importer_.problem("node '" + name_ + "' (" + operator_name(node_) + "): " + what);
  ok_ = false;
}

bool NodeReader::is_read(int output) const {
  return output < node_.output_size() && !node_.output(output).empty() &&
         importer_.readers(node_.output(output)) > 0;
}

void NodeReader::check_outputs(int most) {
  if (node_.output_size() == 0 || (most == 1 && node_.output(0).empty())) problem("delivers nothing");
  for (int i = most; i < node_.output_size(); ++i)
    if (is_read(i)) problem("its output '" + node_.output(i) + "' is not supported");
}

void NodeReader::expect_inputs(int least, int most) {
  const int count = node_.input_size();
  if (count < least || count > most)
    problem("has " + std::to_string(count) + " inputs; must have " + std::to_string(least) +
            (least == most ? "" : " to " + std::to_string(most)));
}

const Value* NodeReader::find(int i) const {
  if (!has_input(i)) return nullptr;
  const auto value = importer_.values_.find(node_.input(i));
  return value == importer_.values_.end() ? nullptr : &value->second;
}

bool NodeReader::is_constant(int i) const {
  const Value* value = find(i);
  return value != nullptr && value->is_constant();
}

bool NodeReader::is_activation(int i) const {
  const Value* value = find(i);
  return value != nullptr && !value->is_constant();
}

bool NodeReader::reads_constants_only() const {
  for (int i = 0; i < node_.input_size(); ++i)
    if (has_input(i) && !is_constant(i)) return false;
  return true;
}

graph::Shape NodeReader::full_shape(int i) {
  const Value* value = find(i);
  if (value == nullptr || value->is_constant()) return {};
  if (shape_of(value->layer).empty()) return {};
  graph::Shape full = value->shape.value_or(shape_of(value->layer));
  if (value->batch != kNoBatch) full.insert(full.begin() + value->batch, batch());
  const View* view = value->view.get();
  if (view == nullptr) return full;
  if (!view->pads.empty()) {
    full[2] += view->pads[0] + view->pads[2];
    full[3] += view->pads[1] + view->pads[3];
    return full;
  }
  if (view->order.empty()) return full;
  graph::Shape seen;
  for (int axis : view->order) seen.push_back(full[axis]);
  return seen;
}

graph::Shape NodeReader::plain_shape(int i) {
  const Value* value = find(i);
  return value != nullptr && value->is_plain() ? full_shape(i) : graph::Shape{};
}

const Value* NodeReader::constant(int i, const std::string& what) {
  if (!has_input(i)) {
    problem(what + " is missing");
    return nullptr;
  }
  const std::string& tensor = node_.input(i);
  const Value* value = find(i);
  if (value == nullptr) {
    problem("reads '" + tensor + "', which no node delivers");
    return nullptr;
  }
  if (value->is_constant()) return value;
  // What a refused node would have delivered may have been constant.
  if (shape_of(value->layer).empty()) {
    ok_ = false;
  } else {
    problem(what + " '" + tensor + "' must be a constant");
  }
  return nullptr;
}

graph::Tensor NodeReader::floats(int i, const std::string& what) {
  const Value* value = constant(i, what);
  if (value == nullptr) return {};
  const std::string label = what + " '" + node_.input(i) + "' ";
  if (value->computed != nullptr) {
    if (const auto* values = std::get_if<Floats>(&value->computed->values))
      return {value->computed->shape, *values};
    problem(label + "holds integers; must hold numbers");
    return {};
  }
  auto decoded = decode_floats(*value->stored, importer_.payload_of(*value->stored));
  if (!decoded.error.empty()) {
    problem(label + decoded.error);
    return {};
  }
  return {std::move(decoded.shape), std::move(decoded.values)};
}

std::optional<Integers> NodeReader::ints(int i, const std::string& what) {
  const Value* value = constant(i, what);
  if (value == nullptr) return std::nullopt;
  const std::string label = what + " '" + node_.input(i) + "' ";
  if (value->computed != nullptr) {
    if (const auto* values = std::get_if<Integers>(&value->computed->values)) return *values;
    problem(label + "holds numbers; must hold integers");
    return std::nullopt;
  }
  auto decoded = decode_ints(*value->stored, importer_.payload_of(*value->stored));
  if (!decoded.error.empty()) {
    problem(label + decoded.error);
    return std::nullopt;
  }
  return std::move(decoded.values);
}

std::optional<Integers> NodeReader::list(int i, const std::string& attribute) {
  if (has_input(i)) return ints(i, attribute);
  const auto given = attributes_.integers(attribute);
  return given ? std::optional(Integers(given->begin(), given->end())) : std::nullopt;
}

std::optional<Array> NodeReader::array(int i, const std::string& what) {
  const Value* value = constant(i, what);
  if (value == nullptr) return std::nullopt;
  std::optional<Array> array = value->computed != nullptr
                                   ? std::optional(*value->computed)
                                   : decoded(*value->stored, what + " '" + node_.input(i) + "'");
  return array && may_compute(array->shape) ? std::move(array) : std::nullopt;
}

std::optional<Array> NodeReader::decoded(const TensorProto& tensor, const std::string& what) {
  const auto made = [&](auto decoded) -> std::optional<Array> {
    if (decoded.error.empty())
      return Array{std::move(decoded.shape), std::move(decoded.values), tensor.data_type()};
    problem(what + " " + decoded.error);
    return std::nullopt;
  };
  const Payload* payload = importer_.payload_of(tensor);
  return holds_floats(tensor) ? made(decode_floats(tensor, payload)) : made(decode_ints(tensor, payload));
}

graph::Tensor NodeReader::numbers(int i, const std::string& what) {
  const auto given = array(i, what);
  return given ? graph::Tensor{given->shape, floats_of(*given)} : graph::Tensor{};
}

int NodeReader::constant_type(int i) const {
  const Value* value = find(i);
  if (value == nullptr || !value->is_constant()) return 0;
  return value->stored != nullptr ? value->stored->data_type() : value->computed->type;
}

float NodeReader::scalar(int i, const std::string& what, float otherwise) {
  const graph::Tensor tensor = numbers(i, what);
  if (tensor.values.size() == 1) return tensor.values[0];
  if (ok_) problem(what + " of shape " + graph::to_string(tensor.shape) + " must be one number");
  return otherwise;
}

const std::string& NodeReader::file_name() const {
  return importer_.file_name_;
}

std::string NodeReader::fresh_name(std::string name) {
  while (!importer_.layer_names_.insert(name).second) name += "_";
  return name;
}

int NodeReader::append(graph::Layer layer) {
  return ok_ ? importer_.add_layer(std::move(layer)) : importer_.add_placeholder(layer.name);
}

void NodeReader::give_up() {
  ok_ = false;
  Value nothing;
  nothing.layer = importer_.add_placeholder(name_);
  for (const std::string& output : node_.output())
    if (!output.empty()) importer_.values_[output] = nothing;
}

void NodeReader::alias(bool real) {
  attributes_.refuse_others();
  if (find(0) == nullptr) activation(0);  // says what is wrong
  if (!ok_) return give_up();
  Value passed_on = *find(0);
  passed_on.shared = passed_on.shared || importer_.readers(node_.input(0)) != 1;
  if (real) passed_on.integral = false;
  importer_.values_[node_.output(0)] = passed_on;
}

void NodeReader::define(Array constant, int output) {
  attributes_.refuse_others();
  if (!ok_) return give_up();
  if (output >= node_.output_size() || node_.output(output).empty()) return;
  importer_.computed_.push_back(std::move(constant));
  Value value;
  value.computed = &importer_.computed_.back();
  importer_.values_[node_.output(output)] = value;
}

bool NodeReader::may_compute(const graph::Shape& shape) {
  const long long most = importer_.most_computed_;
  long long values = 1;  // as if dimensions of 0 were 1: the product of the others must be a number, too
  for (int extent : shape)
    values = values > most / std::max(extent, 1) ? most + 1 : values * std::max(extent, 1);
  importer_.computed_values_ += values;
  if (importer_.computed_values_ <= most) return true;
  problem("the constants that this model computes with hold more than " + std::to_string(most) + " values");
  return false;
}

bool NodeReader::is_alone(int i) const {
  const Value* value = find(i);
  return value != nullptr && !value->shared && importer_.readers(node_.input(i)) == 1;
}

graph::Layer& NodeReader::producer(int i) {
  return importer_.network_.layers[find(i)->layer];
}

void NodeReader::end_in_producer(int i) {
  attributes_.refuse_others();
  if (!ok_) return give_up();
  Value value;
  value.layer = find(i)->layer;
  value.added = ++importer_.added_[value.layer];
  importer_.values_[node_.output(0)] = value;
}

const View* NodeReader::view(int i) const {
  const Value* value = find(i);
  return value == nullptr ? nullptr : value->view.get();
}

/// What input 0 stands for, under a name of its own that this node's readers may use.
Value& NodeReader::add_base(const std::string& base) {
  Value own = *find(0);
  own.shared = own.shared || importer_.readers(node_.input(0)) != 1;
  importer_.own_readers_[base] = importer_.readers(node_.output(0));
  return importer_.values_[base] = std::move(own);
}

void NodeReader::put_off(View view) {
  view.base = importer_.fresh_tensor(node_.output(0));
  Value seen = add_base(view.base);
  view.name = name_;
  view.node = node_;
  view.node.set_input(0, view.base);
  seen.view = std::make_shared<const View>(std::move(view));
  importer_.values_[node_.output(0)] = std::move(seen);
}

void NodeReader::replace_by(NodeProto node) {
  importer_.own_nodes_.push_back(std::move(node));
  importer_.read_node(importer_.own_nodes_.back(), name_);
}

void NodeReader::replace_by_graph(const ::onnx::GraphProto& graph) {
  attributes_.refuse_others();
  if (!ok_) return give_up();
  importer_.read_branch(graph);
  for (int i = 0; i < node_.output_size(); ++i) {
    if (node_.output(i).empty()) continue;
    const std::string inner = i < graph.output_size() ? graph.output(i).name() : "";
    const auto value = importer_.values_.find(inner);
    if (value == importer_.values_.end()) {
      problem("the branch that it takes does not deliver '" + node_.output(i) + "'");
      return give_up();
    }
    Value passed_on = value->second;
    passed_on.shared = passed_on.shared || importer_.readers(inner) != 1;
    importer_.values_[node_.output(i)] = std::move(passed_on);
  }
}

void NodeReader::replace_by_transposed(NodeProto node, const std::vector<int>& order) {
  const std::string base = importer_.fresh_tensor(node_.output(0));
  node.set_output(0, base);
  importer_.own_readers_[base] = 1;
  replace_by(std::move(node));
  see_transposed(base, order);
}

int NodeReader::layer_behind(int i) const {
  return find(i)->layer;
}

void NodeReader::end_transposed(graph::Layer layer, const std::vector<int>& order) {
  attributes_.refuse_others();
  if (!ok_) return give_up();
  const std::string base = importer_.fresh_tensor(node_.output(0));
  importer_.own_readers_[base] = 1;
  importer_.values_[base].layer = importer_.add_layer(std::move(layer));
  see_transposed(base, order);
}

/// The node's output is a Transpose of this tensor.
void NodeReader::see_transposed(const std::string& base, const std::vector<int>& order) {
  importer_.own_nodes_.push_back(transpose(base, node_.output(0), order));
  importer_.read_node(importer_.own_nodes_.back(), importer_.choose_layer_name(importer_.own_nodes_.back()));
}

bool NodeReader::reorder_input(const std::vector<int>& order) {
  if (find(0)->layer != 0 || find(0)->view != nullptr || !is_alone(0) || order[0] != 0) return false;
  graph::Layer& input = importer_.network_.layers[0];
  graph::Shape shape;
  std::string text = "0";
  std::vector<int> back(order.size(), 0);
  for (std::size_t d = 1; d < order.size(); ++d) {
    shape.push_back(input.shape[order[d] - 1]);
    text += " " + std::to_string(order[d]);
    back[order[d]] = static_cast<int>(d);
  }
  input.edit<graph::Input>()->given = shape;
  input.shape = shape;
  importer_.network_.metadata[kInputAxes] = text;
  importer_.values_[node_.output(0)] = *find(0);
  View as_given;  // for whoever asks for the shape of the input
  as_given.base = node_.output(0);
  as_given.node = transpose(as_given.base, node_.input(0), back);
  as_given.name = fresh_name(input.name + ".as_given");
  as_given.order = std::move(back);
  importer_.values_[node_.input(0)].view = std::make_shared<const View>(std::move(as_given));
  return true;
}

void NodeReader::end_as_reordered_vector(const View& image) {
  const graph::Shape seen = full_shape(0);
  std::vector<long long> strides(seen.size(), 0);  // in the image as it is, without its batch
  graph::Shape as_is(seen.size());
  for (std::size_t d = 0; d < seen.size(); ++d) as_is[image.order[d]] = seen[d];
  const std::vector<long long> own = strides_of(as_is);
  for (std::size_t d = 1; d < seen.size(); ++d) strides[d] = own[image.order[d]];
  View view;
  for_each_place({seen.begin() + 1, seen.end()}, 0, {strides.begin() + 1, strides.end()},
                 [&](std::size_t place) { view.places.push_back(static_cast<int>(place)); });
  if (std::is_sorted(view.places.begin(), view.places.end())) return emit(graph::Flatten(), {find(0)->layer});
  Value vector;
  vector.layer = emit_helper(graph::Flatten(), {find(0)->layer}, ".flatten");
  view.base = importer_.fresh_tensor(node_.output(0));
  view.name = name_;
  view.node = node_;
  importer_.values_[view.base] = vector;
  importer_.own_readers_[view.base] = importer_.readers(node_.output(0));
  vector.view = std::make_shared<const View>(std::move(view));
  importer_.values_[node_.output(0)] = std::move(vector);
}

std::string NodeReader::constant_tensor(Array constant) {
  const std::string name = importer_.fresh_tensor(node_.output(0));
  importer_.computed_.push_back(std::move(constant));
  importer_.values_[name].computed = &importer_.computed_.back();
  return name;
}

}  // namespace phasecore::onnx
