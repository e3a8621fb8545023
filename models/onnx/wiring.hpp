// How the nodes of a model hang together: who delivers a tensor, how many read it, and an order in which
// every node stands behind those that it reads from.
#pragma once

#include <onnx/onnx_pb.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace phasecore::onnx {

class Wiring {
 public:
  using Problem = std::function<void(const std::string&)>;

  /// Tells `problem` of names that are no UTF-8, tensors delivered twice and nodes that read each other in a
  /// circle.
  Wiring(const ::onnx::GraphProto& graph, const Problem& problem);

  /// The nodes that an output of the model depends on, as they stand in the file as far as that is possible.
  const std::vector<int>& order() const { return order_; }
  /// Inputs and outputs that name the tensor, in graphs that nodes hold, too. Who asks for its shape alone is
  /// none.
  int readers(const std::string& tensor) const;
  bool is_delivered(const std::string& tensor) const { return producers_.count(tensor) != 0; }
  /// The node's name, or a tensor it delivers where that says more.
  std::string label_of(const ::onnx::NodeProto& node) const;

 private:
  void collect_producers(const Problem& problem);
  std::vector<bool> find_live_nodes() const;
  /// Appends the node behind all that it reads from.
  void append(int node, std::vector<int>& states, const Problem& problem);
  std::string circle_text(const std::vector<int>& path, int again) const;
  void count_readers();

  const ::onnx::GraphProto& graph_;
  std::map<std::string, int> producers_;   ///< tensor -> node
  std::map<std::string, int> readers_;     ///< by tensor
  std::map<std::string, int> node_names_;  ///< how often a node name is used
  std::vector<int> order_;
  bool has_circle_ = false;
};

/// A node that reads the shape of its input only.
bool asks_for_shape(const ::onnx::NodeProto& node);

}  // namespace phasecore::onnx
