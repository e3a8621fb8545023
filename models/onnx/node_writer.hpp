// One layer on its way to a node of a model: what the writers in ops/ work with.
#pragma once

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "models/graph/tensor.hpp"

namespace phasecore::onnx {

/// The values of trained weights; their names and shapes are always written.
enum class Weights { Written, LeftOut };

class NodeWriter {
 public:
  /// `names`: every name of a tensor in the graph so far; `rank`: of what the layer delivers, with its batch.
  NodeWriter(::onnx::GraphProto& graph, ::onnx::NodeProto& node, int rank, std::set<std::string>& names,
             int& opset, Weights weights)
      : graph_(graph), node_(node), names_(names), opset_(opset), rank_(rank), weights_(weights) {}

  /// The opset that the model is written in.
  int opset() const { return opset_; }
  /// The node is of a form that ONNX knows since this opset. The model is then written anew in it.
  void require_opset(int opset) { opset_ = std::max(opset_, opset); }

  /// Attributes.
  void integer(const std::string& name, int value);
  void ints(const std::string& name, const std::vector<int>& values);
  void real(const std::string& name, float value);
  void text(const std::string& name, const std::string& value);
  void texts(const std::string& name, const std::vector<std::string>& values);

  /// Constant inputs behind the activations, in the order of the calls; the tensor's name ends in `suffix`.
  void input(const std::string& suffix, const graph::Tensor& tensor);
  /// Trained ones of a convolution, a matrix product, a recurrent layer: what makes a file large.
  void weights(const std::string& suffix, const graph::Tensor& tensor);
  void input(const std::string& suffix, const std::vector<std::int64_t>& values);
  /// One number of a type of whole numbers.
  void number(const std::string& suffix, int type, int value);
  void absent_input();
  /// What a node of this type makes of the first input, in a node of its own before this one.
  void input_through(const std::string& op_type, const std::string& suffix);
  /// The layer is this output of the node, which has no others.
  void output(int index);
  /// Throws InputError that names the node.
  [[noreturn]] void refuse(const std::string& why) const;
  /// The node takes and delivers its channels as last dimension: Transposes before and behind it.
  void with_channels_last();
  /// The node delivers a further dimension of 1 at this place, with the batch; a Squeeze behind it takes it
  /// out.
  void squeeze_output(int axis);
  /// A constant is added behind the node.
  void add_behind(const std::string& suffix, const graph::Tensor& tensor);
  /// Dimensions of what the layer delivers, with its batch.
  int rank() const { return rank_; }
  /// Is what it reads as activation a constant, and one number without a dimension?
  bool reads_constant(int input) const { return constant_read(input) != nullptr; }
  bool reads_number(int input) const;
  /// Another type than the operator's name.
  void type(const std::string& op_type) { node_.set_op_type(op_type); }

 private:
  /// A node before this one, which reads the first input.
  ::onnx::NodeProto& node_before(const std::string& op_type, const std::string& suffix);
  /// A node behind this one, which delivers the output.
  ::onnx::NodeProto& node_behind(const std::string& op_type, const std::string& suffix);
  std::string new_name(const std::string& suffix);
  const ::onnx::TensorProto* constant_read(int input) const;
  ::onnx::TensorProto& floats(const std::string& suffix, const graph::Tensor& tensor);
  ::onnx::TensorProto& constant(const std::string& suffix, ::onnx::TensorProto::DataType type);

  ::onnx::GraphProto& graph_;
  ::onnx::NodeProto& node_;
  std::set<std::string>& names_;
  int& opset_;
  int rank_;
  Weights weights_;
};

}  // namespace phasecore::onnx
