// Which operators can be read from ONNX and written to it. The library's own are in ops/ (one file each; the
// build finds them); a program adds its own through operators().
#pragma once

#include <functional>
#include <map>
#include <string>
#include <typeindex>
#include <vector>

#include "models/graph/network.hpp"

namespace onnx {
class NodeProto;
}

namespace phasecore::onnx {

class NodeReader;
class NodeWriter;

class Registry {
 public:
  /// Ends the node with emit() or another of NodeReader's ends.
  using Read = std::function<void(NodeReader&)>;

  /// How nodes of operator `name` are read ("Conv"; with its domain if that is not ONNX's own:
  /// "org.example::Swish").
  void reads(const std::string& name, Read read);
  /// The same for an operator of which more outputs than the first may be read.
  void reads_several(const std::string& name, Read read);
  /// How layers with a T are written: its attributes and constants. Name, inputs and output of the node are
  /// there already.
  template <class T>
  void writes(std::function<void(const T&, NodeWriter&)> write) {
    add_writer(typeid(T), [write = std::move(write)](const graph::Operator& op, NodeWriter& writer) {
      write(static_cast<const T&>(op), writer);
    });
  }

  /// Null if nobody reads nodes of this operator.
  const Read* reader(const std::string& name) const;
  bool has_several_outputs(const std::string& name) const;
  using Write = std::function<void(const graph::Operator&, NodeWriter&)>;
  /// Null if nobody writes this operator.
  const Write* writer(const graph::Operator& op) const;
  /// Every operator that can be read, in the order of the alphabet.
  std::vector<std::string> readable() const;

 private:
  struct Reader {
    Read read;
    bool several_outputs;
  };
  void add_reader(const std::string& name, Reader reader);
  void add_writer(std::type_index type, Write write);

  std::map<std::string, Reader> readers_;
  std::map<std::type_index, Write> writers_;
};

/// The operators of this program. To be added to at the start, before another thread reads or writes models.
Registry& operators();

/// As a Registry calls it, and users see it: "Conv", "org.example::Swish".
std::string operator_name(const ::onnx::NodeProto& node);

}  // namespace phasecore::onnx
