// One node of a model on its way to a layer: what the readers in ops/ and the rules in constants/ and
// simplify/ work with.
#pragma once

#include <onnx/onnx_pb.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "models/graph/network.hpp"
#include "models/onnx/array.hpp"
#include "models/onnx/attributes.hpp"
#include "models/onnx/value.hpp"

namespace phasecore::onnx {

class Importer;

/// One node on its way to a layer. Everything wrong is reported with the node's name; emit() then leaves a
/// placeholder.
class NodeReader {
 public:
  NodeReader(Importer& importer, const ::onnx::NodeProto& node, std::string name);
  NodeReader(const NodeReader&) = delete;
  NodeReader& operator=(const NodeReader&) = delete;

  Attributes& attributes() { return attributes_; }
  int opset() const;
  int batch() const;
  const ::onnx::NodeProto& node() const { return node_; }
  void problem(const std::string& what);
  bool ok() const { return ok_; }

  /// Refuses nodes that deliver nothing, or more than `most` tensors that somebody reads.
  void check_outputs(int most);
  /// Checks the number of inputs.
  void expect_inputs(int least, int most);
  bool has_input(int i) const { return i < node_.input_size() && !node_.input(i).empty(); }
  bool is_constant(int i) const;
  bool is_activation(int i) const;
  /// There are inputs, and all are constant.
  bool reads_constants_only() const;
  /// The layer that delivers input i.
  int activation(int i);
  /// Its shape, empty while unknown.
  const graph::Shape& shape_of(int layer) const;
  /// Shape of an activation as ONNX sees it, behind its batch; empty while unknown.
  graph::Shape full_shape(int i);
  /// A constant input; empty if it was reported as wrong.
  graph::Tensor floats(int i, const std::string& what);
  std::optional<Integers> ints(int i, const std::string& what);
  /// Integers that newer opsets take as constant input i, older ones as an attribute; nullopt where there is
  /// neither, or if they were reported as wrong.
  std::optional<Integers> list(int i, const std::string& attribute);
  /// A constant input of any type; nullopt if it was reported as wrong.
  std::optional<Array> array(int i, const std::string& what);
  /// The same for one that `what` names.
  std::optional<Array> decoded(const ::onnx::TensorProto& tensor, const std::string& what);

  /// Ends a node: its output is what this operator makes of these layers.
  template <class T>
  void emit(T op, std::vector<int> inputs) {
    end_with(0, layer_of(name_, std::move(op), std::move(inputs)));
  }
  /// The same for one of several outputs; one that nobody reads makes no layer. To be called for each.
  template <class T>
  void emit_output(int output, T op, std::vector<int> inputs) {
    const std::string name = output == 0 ? name_ : fresh_name(name_ + "." + std::to_string(output));
    if (is_read(output)) end_with(output, layer_of(name, std::move(op), std::move(inputs)));
  }
  /// An additional layer before the one the node ends with: its number.
  template <class T>
  int emit_helper(T op, std::vector<int> inputs, const std::string& suffix) {
    return append(layer_of(fresh_name(name_ + suffix), std::move(op), std::move(inputs)));
  }
  /// Ends a node that passes its input 0 on unchanged.
  void alias();
  /// Ends a node whose output is a constant.
  void define(Array constant, int output = 0);
  /// Ends a node that cannot be converted.
  void give_up();

  /// For rules: may an array of this shape be computed? Says why not: all of them together are limited, since
  /// few bytes can ask for many values.
  bool may_compute(const graph::Shape& shape);
  /// Does nobody but this node read the layer that delivers input i?
  bool is_alone(int i) const;
  /// That layer, to be changed.
  graph::Layer& producer(int i);
  /// Ends the node: the layer behind input i has been changed so that it delivers this node's output.
  void end_in_producer(int i);
  /// What input i is a view of; null where it is none.
  const View* view(int i) const;
  /// Ends the node as a view of its input 0; `view` says what of.
  void put_off(View view);
  /// Ends the node: `node` is read in its place. It has the same outputs.
  void replace_by(::onnx::NodeProto node);
  /// Ends the node: `node`, which has the same outputs, is read in its place, and a Transpose of its output
  /// 0.
  void replace_by_transposed(::onnx::NodeProto node, const std::vector<int>& order);
  /// Ends a Transpose of the network's input that nobody else reads: the network takes the result. False if
  /// it is none.
  bool reorder_input(const std::vector<int>& order);
  /// Ends a node that makes a vector of a transposed image.
  void end_as_reordered_vector(const View& image);
  /// A name for a constant that nodes in this one's place can read.
  std::string constant_tensor(Array constant);

 private:
  template <class T>
  graph::Layer layer_of(std::string name, T op, std::vector<int> inputs) const {
    graph::Layer layer(std::move(name), std::move(op), std::move(inputs));
    layer.where.file = file_name();
    return layer;
  }
  const std::string& file_name() const;
  std::string fresh_name(std::string name);
  bool is_read(int output) const;
  void end_with(int output, graph::Layer layer);
  int append(graph::Layer layer);
  const Value* find(int i) const;
  Value& add_base(const std::string& base);
  const Value* constant(int i, const std::string& what);

  Importer& importer_;
  const ::onnx::NodeProto& node_;
  std::string name_;
  bool ok_ = true;
  Attributes attributes_;
};

}  // namespace phasecore::onnx
