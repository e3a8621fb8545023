// ONNX -> Network: the walk over a model's nodes. What each operator means stands in ops/, one file each.
#pragma once

#include <onnx/onnx_pb.h>

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "models/graph/network.hpp"

namespace phasecore::onnx {

inline constexpr int kOldestOpset = 7;
inline constexpr int kNewestOpset = 17;

class NodeReader;

/// What a tensor's name stands for: what a layer delivers, or a constant.
struct Value {
  int layer = -1;
  const ::onnx::TensorProto* constant = nullptr;
  /// How many constants the layer has taken as bias by then. A tensor from before the last one is superseded:
  /// its values exist no more.
  int added = 0;
};

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
  /// One problem for each operator that nobody reads, with the number of its nodes.
  void refuse_unsupported();
  void read_nodes();
  void read_outputs();
  void read_metadata();

  /// The tensor itself, or the one it equals through nodes that do nothing at inference.
  std::string root_of(const std::string& tensor);
  /// What such a node passes on as `tensor`; null if no such node delivers it.
  const std::string* passed_on_as(const std::string& tensor) const;
  /// The node's name, or a tensor it delivers where that says more.
  std::string label_of(const ::onnx::NodeProto& node) const;
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
  std::map<std::string, std::string> roots_;  ///< of the tensors that were asked for and those on the way
  std::map<int, int> added_;                  ///< by layer: the constants it has taken as bias
  std::vector<bool> live_;                    ///< by node: an output of the model depends on it
  std::deque<::onnx::TensorProto> made_;      ///< constants of Constant nodes
};

}  // namespace phasecore::onnx
