// One node of a model on its way to a layer: what the readers in ops/ work with.
#pragma once

#include <onnx/onnx_pb.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "models/graph/network.hpp"
#include "models/onnx/attributes.hpp"

namespace phasecore::onnx {

class Importer;

/// One node on its way to a layer. Everything wrong is reported with the node's name; emit() then leaves a
/// placeholder.
class NodeReader {
 public:
  NodeReader(Importer& importer, const ::onnx::NodeProto& node);
  NodeReader(const NodeReader&) = delete;
  NodeReader& operator=(const NodeReader&) = delete;

  Attributes& attributes() { return attributes_; }
  int opset() const;
  int batch() const;
  const ::onnx::NodeProto& node() const { return node_; }
  void problem(const std::string& what);
  bool ok() const { return ok_; }

  /// Refuses nodes that deliver more than one tensor somebody reads, or none.
  void check_outputs();
  /// Checks the number of inputs.
  void expect_inputs(int least, int most);
  bool has_input(int i) const { return i < node_.input_size() && !node_.input(i).empty(); }
  bool is_constant(int i) const;
  /// The layer that delivers input i.
  int activation(int i);
  /// Its shape, empty while unknown.
  const graph::Shape& shape_of(int layer) const;
  /// A constant input; empty if it was reported as wrong.
  graph::Tensor floats(int i, const std::string& what);
  std::optional<std::vector<std::int64_t>> ints(int i, const std::string& what);

  /// Ends a node: its output is what this operator makes of these layers.
  template <class T>
  void emit(T op, std::vector<int> inputs) {
    end_with(layer_of(name_, std::move(op), std::move(inputs)));
  }
  /// An additional layer before the one the node ends with: its number.
  template <class T>
  int emit_helper(T op, std::vector<int> inputs, const std::string& suffix) {
    return append(layer_of(fresh_name(name_ + suffix), std::move(op), std::move(inputs)));
  }
  /// Ends a node that passes its input 0 on unchanged.
  void alias();
  /// Ends a Constant node.
  void define(::onnx::TensorProto constant);
  /// Ends an Add of a constant: the convolution or Gemm before it takes it as bias.
  void fold_bias(int activation_input, int constant_input);
  /// Ends a node that cannot be converted.
  void give_up();

 private:
  template <class T>
  graph::Layer layer_of(std::string name, T op, std::vector<int> inputs) const {
    graph::Layer layer(std::move(name), std::move(op), std::move(inputs));
    layer.where.file = file_name();
    return layer;
  }
  const std::string& file_name() const;
  std::string fresh_name(std::string name);
  void end_with(graph::Layer layer);
  int append(graph::Layer layer);
  const ::onnx::TensorProto* constant(int i, const std::string& what);

  Importer& importer_;
  const ::onnx::NodeProto& node_;
  std::string name_;
  bool ok_ = true;
  Attributes attributes_;
};

}  // namespace phasecore::onnx
