// ONNX -> Network: the walk over a model's nodes. What each operator means stands in ops/, one file each;
// what needs no operator, in constants/ and simplify/.
#pragma once

#include <onnx/onnx_pb.h>

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "models/graph/network.hpp"
#include "models/onnx/value.hpp"
#include "models/onnx/wiring.hpp"

namespace phasecore::onnx {

inline constexpr int kOldestOpset = 7;
inline constexpr int kNewestOpset = 23;

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
  void read_input();
  /// One problem for each operator that nobody reads, with the number of its nodes.
  void refuse_unsupported();
  void read_nodes();
  void read_node(const ::onnx::NodeProto& node, const std::string& name);
  void read_outputs();
  void read_metadata();
  void read_range(const std::string& key, const std::string& text);
  /// Takes out layers that no output depends on: somebody asked for their shape.
  void remove_unread_layers();

  const ::onnx::GraphProto& graph() const { return model_.graph(); }
  bool is_constant(const std::string& tensor) const;
  /// How often a tensor is read, also one of simplify/'s.
  int readers(const std::string& tensor) const;
  /// Reads the node behind a view; the tensor is no view from then on.
  void settle(const std::string& tensor);
  /// A name for a tensor that simplify/ makes.
  std::string fresh_tensor(const std::string& name);
  std::string choose_layer_name(const ::onnx::NodeProto& node);
  /// Adds a layer; one with problems stays as a placeholder without a shape, so that its readers are silent
  /// about it.
  int add_layer(graph::Layer layer);
  int add_placeholder(const std::string& name);

  const ::onnx::ModelProto& model_;
  std::string file_name_;
  common::Diagnostics diagnostics_;
  int opset_ = 0;
  int batch_ = 1;
  graph::Network network_;
  std::map<std::string, Value> values_;
  std::optional<Wiring> wiring_;
  std::set<std::string> layer_names_;
  std::map<int, int> added_;                 ///< by layer: the constants it has taken up
  std::map<std::string, int> own_readers_;   ///< of the tensors that simplify/ made
  std::deque<::onnx::NodeProto> own_nodes_;  ///< nodes that simplify/ made
  std::deque<Array> computed_;
  long long computed_values_ = 0;  ///< in all constants that were computed
  long long most_computed_ = 0;
};

}  // namespace phasecore::onnx
