#include "models/onnx/node_writer.hpp"

#include "common/diagnostics.hpp"

namespace phasecore::onnx {

using ::onnx::AttributeProto;
using ::onnx::TensorProto;

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "raw_data is little-endian");

AttributeProto& NodeWriter::attribute(const std::string& name, AttributeProto::AttributeType type) {
  AttributeProto& attribute = *node_.add_attribute();
  attribute.set_name(name);
  attribute.set_type(type);
  return attribute;
}

void NodeWriter::integer(const std::string& name, int value) {
  attribute(name, AttributeProto::INT).set_i(value);
}

void NodeWriter::ints(const std::string& name, const std::vector<int>& values) {
  AttributeProto& list = attribute(name, AttributeProto::INTS);
  for (int v : values) list.add_ints(v);
}

void NodeWriter::real(const std::string& name, float value) {
  attribute(name, AttributeProto::FLOAT).set_f(value);
}

void NodeWriter::text(const std::string& name, const std::string& value) {
  attribute(name, AttributeProto::STRING).set_s(value);
}

void NodeWriter::texts(const std::string& name, const std::vector<std::string>& values) {
  AttributeProto& list = attribute(name, AttributeProto::STRINGS);
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

void NodeWriter::input(const std::string& suffix, const graph::Tensor& values) {
  TensorProto& tensor = constant(suffix, TensorProto::FLOAT);
  for (int extent : values.shape) tensor.add_dims(extent);
  tensor.set_raw_data(values.values.data(), values.values.size() * sizeof(float));
}

void NodeWriter::input(const std::string& suffix, const std::vector<std::int64_t>& values) {
  TensorProto& tensor = constant(suffix, TensorProto::INT64);
  tensor.add_dims(static_cast<std::int64_t>(values.size()));
  tensor.set_raw_data(values.data(), values.size() * sizeof(std::int64_t));
}

void NodeWriter::input_through(const std::string& op_type, const std::string& suffix) {
  const std::string name = new_name(suffix);
  ::onnx::NodeProto& before = *graph_.add_node();
  before.set_name(name);
  before.set_op_type(op_type);
  before.add_input(node_.input(0));
  before.add_output(name);
  node_.add_input(name);
  const int last = graph_.node_size() - 1;
  graph_.mutable_node()->SwapElements(last - 1, last);
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
