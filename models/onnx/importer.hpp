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

}  // namespace phasecore::onnx
