// ONNX -> Network: the walk over a model's nodes (Importer) and one node in it (NodeReader). What each
// operator means stands in layers.cpp.
#pragma once

#include <onnx/onnx_pb.h>

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "models/graph/network.hpp"
#include "models/onnx/attributes.hpp"

namespace phasecore::onnx {

inline constexpr int kOldestOpset = 7;
inline constexpr int kNewestOpset = 17;

/// What a tensor's name stands for: what a layer delivers, or a constant.
struct Value {
  int layer = -1;
  const ::onnx::TensorProto* constant = nullptr;
};

class NodeReader;

class Importer {
 public:
  Importer(const ::onnx::ModelProto& model, const std::string& file_name);
  /// Throws InputError with everything that is wrong.
  graph::Network run();

 private:
  friend class NodeReader;

  void problem(const std::string& what) { diagnostics_.add({file_name_, 0, 0}, what); }
  void check_opset();
  void collect_constants();
  void check_names(int n);
  void collect_producers();
  void find_live_nodes();
  void count_readers();
  void read_input();
  void read_nodes();
  void read_outputs();
  void read_metadata();

  /// The tensor itself, or the one it equals through nodes that do nothing at inference.
  std::string root_of(std::string tensor) const;
  std::string choose_layer_name(const ::onnx::NodeProto& node);
  /// Adds a layer; one with problems stays as a placeholder without a shape, so that its readers are silent
  /// about it.
  int add_layer(graph::Layer layer);
  int add_placeholder(const std::string& name);

  const ::onnx::ModelProto& model_;
  const ::onnx::GraphProto& graph_;
  std::string file_name_;
  common::Diagnostics diagnostics_;
  int opset_ = 0;
  int batch_ = 1;
  graph::Network network_;
  std::map<std::string, Value> values_;
  std::map<std::string, int> producers_;   ///< tensor -> node
  std::map<std::string, int> readers_;     ///< root tensor -> number of inputs and outputs that name it
  std::map<std::string, int> node_names_;  ///< how often a node name is used
  std::set<std::string> layer_names_;
  std::set<std::string> superseded_;      ///< tensors whose values exist no more: a bias was added to them
  std::vector<bool> live_;                ///< by node: an output of the model depends on it
  std::deque<::onnx::TensorProto> made_;  ///< constants of Constant nodes
};

/// One node on its way to a layer. Everything wrong is reported with the node's name; emit() then leaves a
/// placeholder.
class NodeReader {
 public:
  NodeReader(Importer& importer, const ::onnx::NodeProto& node);
  NodeReader(const NodeReader&) = delete;
  NodeReader& operator=(const NodeReader&) = delete;

  Attributes& attributes() { return attributes_; }
  int opset() const { return importer_.opset_; }
  int batch() const { return importer_.batch_; }
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
  const graph::Shape& shape_of(int layer) const { return importer_.network_.layers[layer].shape; }
  /// A constant input; empty if it was reported as wrong.
  graph::Tensor floats(int i, const std::string& what);
  std::optional<std::vector<std::int64_t>> ints(int i, const std::string& what);

  /// A layer of this node's name that reads `input`.
  graph::Layer make_layer(graph::Op op, int input) const;
  /// Ends a node: its output is what this layer delivers.
  void emit(graph::Layer layer);
  /// An additional layer before the one the node ends with.
  int emit_helper(graph::Layer layer, const std::string& suffix);
  /// Ends a node that passes its input 0 on unchanged.
  void alias();
  /// Ends a Constant node.
  void define(::onnx::TensorProto constant);
  /// Ends an Add of a constant: the convolution or Gemm before it takes it as bias.
  void fold_bias(int activation_input, int constant_input);
  /// Ends a node that cannot be converted.
  void give_up();

 private:
  const ::onnx::TensorProto* constant(int i, const std::string& what);

  Importer& importer_;
  const ::onnx::NodeProto& node_;
  std::string name_;
  bool ok_ = true;
  Attributes attributes_;
};

/// Converts one node; reports operators that are not supported.
void convert(NodeReader& reader);

/// Is the node from ONNX's own set of operators?
bool is_standard(const ::onnx::NodeProto& node);

/// Does the node only pass on its first input?
bool passes_through(const ::onnx::NodeProto& node);

}  // namespace phasecore::onnx
