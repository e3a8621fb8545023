// ONNX models for tests, in few words.
#pragma once

#include <onnx/onnx_pb.h>

#include <cstring>
#include <string>
#include <vector>

namespace phasecore::test {

class ModelBuilder {
 public:
  explicit ModelBuilder(int opset = 13) {
    model_.set_ir_version(8);
    model_.add_opset_import()->set_version(opset);
    graph().set_name("test");
  }

  /// A float input; a dimension of -1 is left symbolic.
  ModelBuilder& input(const std::string& name, const std::vector<long long>& dims) {
    auto* info = graph().add_input();
    info->set_name(name);
    auto* type = info->mutable_type()->mutable_tensor_type();
    type->set_elem_type(::onnx::TensorProto::FLOAT);
    for (long long d : dims) {
      auto* dim = type->mutable_shape()->add_dim();
      if (d == -1) {
        dim->set_dim_param("any");
      } else {
        dim->set_dim_value(d);
      }
    }
    return *this;
  }

  ModelBuilder& output(const std::string& name) {
    graph().add_output()->set_name(name);
    return *this;
  }

  /// Float weights; all 0.5 unless given.
  ModelBuilder& weights(const std::string& name, const std::vector<long long>& dims,
                        std::vector<float> values = {}) {
    auto& tensor = add_initializer(name, dims, ::onnx::TensorProto::FLOAT);
    long long count = 1;
    for (long long d : dims) count *= d;
    if (values.empty()) values.assign(static_cast<std::size_t>(count), 0.5f);
    for (float v : values) tensor.add_float_data(v);
    return *this;
  }

  ModelBuilder& ints(const std::string& name, const std::vector<std::int64_t>& values) {
    auto& tensor = add_initializer(name, {static_cast<long long>(values.size())}, ::onnx::TensorProto::INT64);
    for (auto v : values) tensor.add_int64_data(v);
    return *this;
  }

  ::onnx::TensorProto& add_initializer(const std::string& name, const std::vector<long long>& dims,
                                       int type) {
    auto* tensor = graph().add_initializer();
    tensor->set_name(name);
    tensor->set_data_type(type);
    for (long long d : dims) tensor->add_dims(d);
    return *tensor;
  }

  /// A node called `name`; attributes are added to it by the functions below.
  ModelBuilder& node(const std::string& op, const std::string& name, const std::vector<std::string>& inputs,
                     const std::vector<std::string>& outputs) {
    node_ = graph().add_node();
    node_->set_op_type(op);
    if (!name.empty()) node_->set_name(name);
    for (const auto& i : inputs) node_->add_input(i);
    for (const auto& o : outputs) node_->add_output(o);
    return *this;
  }

  ModelBuilder& set_list(const std::string& name, const std::vector<long long>& values) {
    auto* a = attribute(name, ::onnx::AttributeProto::INTS);
    for (long long v : values) a->add_ints(v);
    return *this;
  }
  ModelBuilder& set(const std::string& name, int value) {
    attribute(name, ::onnx::AttributeProto::INT)->set_i(value);
    return *this;
  }
  ModelBuilder& set(const std::string& name, double value) {
    attribute(name, ::onnx::AttributeProto::FLOAT)->set_f(static_cast<float>(value));
    return *this;
  }
  ModelBuilder& set(const std::string& name, const std::string& value) {
    attribute(name, ::onnx::AttributeProto::STRING)->set_s(value);
    return *this;
  }

  ModelBuilder& metadata(const std::string& key, const std::string& value) {
    auto* entry = model_.add_metadata_props();
    entry->set_key(key);
    entry->set_value(value);
    return *this;
  }

  ::onnx::ModelProto& model() { return model_; }
  ::onnx::GraphProto& graph() { return *model_.mutable_graph(); }
  ::onnx::NodeProto& last_node() { return *node_; }
  std::string bytes() const { return model_.SerializeAsString(); }

 private:
  ::onnx::AttributeProto* attribute(const std::string& name, ::onnx::AttributeProto::AttributeType type) {
    auto* a = node_->add_attribute();
    a->set_name(name);
    a->set_type(type);
    return a;
  }

  ::onnx::ModelProto model_;
  ::onnx::NodeProto* node_ = nullptr;
};

}  // namespace phasecore::test
