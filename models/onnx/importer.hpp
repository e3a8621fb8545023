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
#include "models/onnx/payload.hpp"
#include "models/onnx/value.hpp"
#include "models/onnx/wiring.hpp"

namespace phasecore::onnx {

inline constexpr int kOldestOpset = 7;
inline constexpr int kNewestOpset = 24;

class NodeReader;

/// How the first dimension of an input is understood.
enum class FirstDimension {
  Batch,  ///< it counts images, and each is computed alone
  Steps,  ///< of a sequence, and the second is the batch
  Part,   ///< there is no batch: the whole tensor is one sample
};

class Importer {
 public:
  Importer(const ::onnx::ModelProto& model, const std::string& file_name, const Payloads& payloads,
           FirstDimension first = FirstDimension::Batch);
  /// Throws InputError with everything that is wrong.
  graph::Network run();
  /// Of a run that has thrown: did a node read a tensor whose batch is another dimension than it takes?
  bool batch_is_misplaced() const { return batch_is_misplaced_; }

 private:
  friend class NodeReader;

  void problem(const std::string& what) { diagnostics_.add({file_name_, 0, 0}, what); }
  void check_opset();
  void collect_constants();
  void read_inputs();
  /// What makes an input unreadable whatever its shape; empty: nothing.
  std::string fault_of(const ::onnx::ValueInfoProto& input) const;
  /// Its shape without the batch, which is dimension `batch` and is noted; nullopt if it was reported as
  /// wrong.
  std::optional<graph::Shape> take_shape(const ::onnx::ValueInfoProto& input, int batch);
  void read_input(const ::onnx::ValueInfoProto& input);
  /// Which dimension of an input is the batch: a place in `dims`, or kNoBatch.
  int batch_dimension(const ::onnx::TensorShapeProto& dims) const;
  /// One problem for each operator that nobody reads, with the number of its nodes.
  void refuse_unsupported();
  void read_nodes();
  void read_node(const ::onnx::NodeProto& node, const std::string& name);
  /// The nodes of a graph within the model's, which may read what the graph around it has delivered so far.
  void read_branch(const ::onnx::GraphProto& branch);
  void add_constant(const ::onnx::TensorProto& tensor);
  /// Null where its values are in the message.
  const Payload* payload_of(const ::onnx::TensorProto& tensor) const;
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
  /// The layer that delivers a tensor in the tensor's own shape; adds one where it delivers another.
  int in_own_shape(const std::string& tensor, const Value& value);
  /// The layer that delivers an output of the model; its codes, where it is of codes.
  int output_of(const std::string& tensor, const Value& value);
  /// The codes say how large the values of a layer are, and of the layers whose values it passes on.
  void take_range(int layer, const TensorCodes& codes);
  /// Adds the layer's name to a list in the metadata.
  void note(const char* key, int layer);
  /// Does no layer read it so far, and is it no output?
  bool is_unread(int layer) const;

  const ::onnx::ModelProto& model_;
  std::string file_name_;
  const Payloads& payloads_;
  common::Diagnostics diagnostics_;
  int opset_ = 0;
  FirstDimension first_;
  bool batch_is_misplaced_ = false;
  int batch_ = 1;
  std::string batch_name_;  ///< of the dimension, where it is symbolic
  graph::Network network_;
  std::map<std::string, Value> values_;
  std::optional<Wiring> wiring_;
  std::set<std::string> layer_names_;
  std::map<int, int> added_;                 ///< by layer: the constants it has taken up
  std::map<std::string, int> own_readers_;   ///< of the tensors that simplify/ made
  std::deque<::onnx::NodeProto> own_nodes_;  ///< nodes that simplify/ made
  std::deque<Array> computed_;
  std::map<std::string, double> code_ranges_;  ///< by layer
  std::map<std::string, int> reshaped_;        ///< by tensor: what in_own_shape() added
  long long computed_values_ = 0;              ///< in all constants that were computed
  long long most_computed_ = 0;
};

}  // namespace phasecore::onnx
