#include "models/onnx/node_writer.hpp"

#include "common/diagnostics.hpp"

namespace phasecore::onnx {

using ::onnx::AttributeProto;
using ::onnx::TensorProto;

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "raw_data is little-endian");

namespace {

AttributeProto& add_attribute(::onnx::NodeProto& node, const std::string& name,
                              AttributeProto::AttributeType type) {
  AttributeProto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(type);
  return attribute;
}

void set_ints(::onnx::NodeProto& node, const std::string& name, const std::vector<int>& values) {
  AttributeProto& list = add_attribute(node, name, AttributeProto::INTS);
  for (int v : values) list.add_ints(v);
}

}  // namespace

void NodeWriter::integer(const std::string& name, int value) {
  add_attribute(node_, name, AttributeProto::INT).set_i(value);
}

void NodeWriter::ints(const std::string& name, const std::vector<int>& values) {
  set_ints(node_, name, values);
}

void NodeWriter::real(const std::string& name, float value) {
  add_attribute(node_, name, AttributeProto::FLOAT).set_f(value);
}

void NodeWriter::text(const std::string& name, const std::string& value) {
  add_attribute(node_, name, AttributeProto::STRING).set_s(value);
}

void NodeWriter::texts(const std::string& name, const std::vector<std::string>& values) {
  AttributeProto& list = add_attribute(node_, name, AttributeProto::STRINGS);
  for (const std::string& value : values) list.add_strings(value);
}

std::string NodeWriter::new_name(const std::string& suffix) {
  std::string name = node_.name() + suffix;
  while (!names_.insert(name).second) name += "_";
  return name;
}

TensorProto& NodeWriter::constant(const std::string& suffix, TensorProto::DataType type) {
  const std::string name = new_name(suffix);
  TensorProto& tensor = *graph_.add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(type);
  node_.add_input(name);
  return tensor;
}

TensorProto& NodeWriter::floats(const std::string& suffix, const graph::Tensor& values) {
  TensorProto& tensor = constant(suffix, TensorProto::FLOAT);
  for (int extent : values.shape) tensor.add_dims(extent);
  return tensor;
}

void NodeWriter::input(const std::string& suffix, const graph::Tensor& values) {
  floats(suffix, values).set_raw_data(values.values.data(), values.values.size() * sizeof(float));
}

void NodeWriter::weights(const std::string& suffix, const graph::Tensor& values) {
  if (weights_ == Weights::Written)
    input(suffix, values);
  else
    floats(suffix, values);
}

void NodeWriter::input(const std::string& suffix, const std::vector<std::int64_t>& values) {
  TensorProto& tensor = constant(suffix, TensorProto::INT64);
  tensor.add_dims(static_cast<std::int64_t>(values.size()));
  tensor.set_raw_data(values.data(), values.size() * sizeof(std::int64_t));
}

::onnx::NodeProto& NodeWriter::node_before(const std::string& op_type, const std::string& suffix) {
  const std::string name = new_name(suffix);
  ::onnx::NodeProto& before = *graph_.add_node();
  before.set_name(name);
  before.set_op_type(op_type);
  before.add_input(node_.input(0));
  before.add_output(name);
  const int last = graph_.node_size() - 1;
  graph_.mutable_node()->SwapElements(last - 1, last);
  return before;
}

void NodeWriter::input_through(const std::string& op_type, const std::string& suffix) {
  node_.add_input(node_before(op_type, suffix).output(0));
}

::onnx::NodeProto& NodeWriter::node_behind(const std::string& op_type, const std::string& suffix) {
  ::onnx::NodeProto& behind = *graph_.add_node();
  behind.set_name(new_name(suffix));
  behind.set_op_type(op_type);
  behind.add_output(node_.output(0));
  node_.set_output(0, new_name(".computed"));
  behind.add_input(node_.output(0));
  return behind;
}

void NodeWriter::squeeze_output(int axis) {
  ::onnx::NodeProto& behind = node_behind("Squeeze", ".squeezed");
  const std::string name = new_name(".axes");
  TensorProto& axes = *graph_.add_initializer();
  axes.set_name(name);
  axes.set_data_type(TensorProto::INT64);
  axes.add_dims(1);
  axes.add_int64_data(axis);
  behind.add_input(name);
}

void NodeWriter::add_behind(const std::string& suffix, const graph::Tensor& tensor) {
  ::onnx::NodeProto& behind = node_behind("Add", suffix + ".added");
  input(suffix, tensor);
  behind.add_input(node_.input(node_.input_size() - 1));
  node_.mutable_input()->RemoveLast();
}

const TensorProto* NodeWriter::constant_read(int input) const {
  for (const TensorProto& tensor : graph_.initializer())
    if (tensor.name() == node_.input(input)) return &tensor;
  return nullptr;
}

bool NodeWriter::reads_number(int input) const {
  const TensorProto* constant = constant_read(input);
  return constant != nullptr && constant->dims_size() == 0;
}

void NodeWriter::number(const std::string& suffix, int type, int value) {
  TensorProto& tensor = constant(suffix, static_cast<TensorProto::DataType>(type));
  tensor.add_int32_data(value);
}

void NodeWriter::with_channels_last() {
  if (rank_ < 3) return;
  std::vector<int> to_last{0}, to_first{0, rank_ - 1};
  for (int d = 2; d < rank_; ++d) {
    to_last.push_back(d);
    to_first.push_back(d - 1);
  }
  to_last.push_back(1);
  ::onnx::NodeProto& before = node_before("Transpose", ".last");
  node_.set_input(0, before.output(0));
  ::onnx::NodeProto& behind = node_behind("Transpose", ".first");
  set_ints(before, "perm", to_last);
  set_ints(behind, "perm", to_first);
}

void NodeWriter::output(int index) {
  const std::string name = node_.output(0);
  node_.clear_output();
  for (int absent = 0; absent < index; ++absent) node_.add_output("");
  node_.add_output(name);
}

void NodeWriter::refuse(const std::string& why) const {
  throw common::InputError("node '" + node_.name() + "' (" + node_.op_type() + "): " + why);
}

void NodeWriter::absent_input() {
  node_.add_input("");
}

}  // namespace phasecore::onnx
