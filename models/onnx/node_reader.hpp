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
#include "models/onnx/operand.hpp"
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
  /// Does anybody read this output?
  bool is_read(int output) const;
  /// Checks the number of inputs.
  void expect_inputs(int least, int most);
  bool has_input(int i) const { return i < node_.input_size() && !node_.input(i).empty(); }
  bool is_constant(int i) const;
  bool is_activation(int i) const;
  /// There are inputs, and all are constant.
  bool reads_constants_only() const;
  /// Input i: real numbers. A constant becomes a layer.
  Operand operand(int i);
  /// The same for what works on each value alone: the layer may deliver them in another shape.
  Operand pointwise_operand(int i);
  /// The same, but whole numbers are welcome: for what moves values without computing with them.
  Operand any_operand(int i);
  /// The same, but codes are welcome: the layer delivers the values that they stand for (see codes_of()).
  Operand coded_operand(int i);
  /// Are the layer's values those of an input of the model that takes truth values?
  bool is_of_truth_values(int layer) const;
  /// What codes a node before this one has made of input i; nothing where it has not.
  std::optional<TensorCodes> codes_of(int i) const;
  /// Output 0, which is ended, is of these codes to its readers; the layer delivers what they stand for. So
  /// large are its values, at most.
  void set_codes(const TensorCodes& codes);
  /// The layer that delivers input i, whose first dimension is the batch.
  int activation(int i);
  /// The same for channels of pixels or of a line's points.
  Image image(int i);
  /// The operand's dimension `given` (from the end if negative) as one of its shape. A problem, and 0, if it
  /// is none or the batch.
  int axis(const Operand& x, int given);
  /// The operand in another shape of as many values.
  Operand reshaped(Operand x, graph::Shape shape);
  /// The operand with its batch as dimension `place`; a problem if it is another. A batch of one may stand at
  /// any place that has one value.
  Operand with_batch_at(Operand x, int place);
  /// Broadcasting aligns last dimensions: brings the batch of all to one place, counted from the end. Its
  /// place in the result; kNoBatch if there is none.
  int align(std::vector<Operand>& operands);
  /// Its shape, empty while unknown.
  const graph::Shape& shape_of(int layer) const;
  const graph::Layer& layer(int index) const;
  /// Shape of an activation as ONNX sees it, with its batch; empty while unknown.
  graph::Shape full_shape(int i);
  /// The same for rules, which know of activations that are one image after the other; empty for all others.
  graph::Shape plain_shape(int i);
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

  /// The same as numbers; empty if it was reported as wrong.
  graph::Tensor numbers(int i, const std::string& what);
  /// Its type, of TensorProto's; 0 if it is none.
  int constant_type(int i) const;
  /// A constant input that is one number.
  float scalar(int i, const std::string& what, float otherwise);

  /// Ends a node: its output is what this operator makes of these layers.
  template <class T>
  void emit(T op, std::vector<int> inputs, int batch = 0) {
    end_output(0, layer_of(name_, std::move(op), std::move(inputs)), {batch, false, std::nullopt});
  }
  /// The same for an operator that works on each value alone.
  template <class T>
  void emit_like(const Operand& x, T op) {
    end_output(0, layer_of(name_, std::move(op), {x.layer}), {x.batch, x.integral, x.shape});
  }
  /// The same for an operator that takes and delivers {C, H, W}.
  template <class T>
  void emit_image(T op, const Image& image) {
    end_image(layer_of(name_, std::move(op), {image.layer}), image.is_line);
  }
  /// Ends output `output` of a node with several.
  template <class T>
  void emit_output(int output, T op, std::vector<int> inputs, const Form& form) {
    end_output(output, layer_of(output_name(output), std::move(op), std::move(inputs)), form);
  }
  /// An additional layer before the one the node ends with: its number.
  template <class T>
  int emit_helper(T op, std::vector<int> inputs, const std::string& suffix) {
    return append(layer_of(fresh_name(name_ + suffix), std::move(op), std::move(inputs)));
  }
  /// Ends a node that passes its input 0 on unchanged, or as real numbers.
  void alias(bool real = false);
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
  /// Ends the node: the graph's nodes are read in its place, and its outputs are the node's. It lives as long
  /// as the model.
  void replace_by_graph(const ::onnx::GraphProto& graph);
  /// Ends the node: `node`, which has the same outputs, is read in its place, and a Transpose of its output
  /// 0.
  void replace_by_transposed(::onnx::NodeProto node, const std::vector<int>& order);
  /// Ends a node whose input 0 is seen through a Transpose: its output is what this operator makes of the
  /// values as they are, seen through the same Transpose.
  template <class T>
  void emit_transposed(T op) {
    const View& seen = *view(0);
    end_transposed(layer_of(name_, std::move(op), {layer_behind(0)}), seen.order);
  }
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
  std::string output_name(int output);
  void end_output(int output, graph::Layer layer, Form form);
  void end_image(graph::Layer layer, bool is_line);
  void end_transposed(graph::Layer layer, const std::vector<int>& order);
  void see_transposed(const std::string& base, const std::vector<int>& order);
  /// The layer whose values input i is, or is a view of.
  int layer_behind(int i) const;
  Operand constant_operand(int i);
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
