#include "models/onnx/operators.hpp"

#include <onnx/onnx_pb.h>

#include "common/diagnostics.hpp"

namespace phasecore::onnx {

/// What the files in ops/ register; made by the build.
const Registry& built_in_operators();

void Registry::reads(const std::string& name, Read read) {
  add_reader(name, {std::move(read), false});
}

void Registry::reads_several(const std::string& name, Read read) {
  add_reader(name, {std::move(read), true});
}

void Registry::add_reader(const std::string& name, Reader reader) {
  common::ensure(readers_.emplace(name, std::move(reader)).second, "two ONNX readers for " + name);
}

void Registry::add_writer(std::type_index type, Write write) {
  common::ensure(writers_.emplace(type, std::move(write)).second,
                 std::string("two ONNX writers for ") + type.name());
}

const Registry::Read* Registry::reader(const std::string& name) const {
  const auto found = readers_.find(name);
  return found == readers_.end() ? nullptr : &found->second.read;
}

bool Registry::has_several_outputs(const std::string& name) const {
  const auto found = readers_.find(name);
  return found != readers_.end() && found->second.several_outputs;
}

const Registry::Write* Registry::writer(const graph::Operator& op) const {
  const auto found = writers_.find(typeid(op));
  return found == writers_.end() ? nullptr : &found->second;
}

std::vector<std::string> Registry::readable() const {
  std::vector<std::string> names;
  for (const auto& [name, reader] : readers_) names.push_back(name);
  return names;
}

Registry& operators() {
  static Registry registry = built_in_operators();
  return registry;
}

std::string operator_name(const ::onnx::NodeProto& node) {
  const bool standard = node.domain().empty() || node.domain() == "ai.onnx";
  return standard ? node.op_type() : node.domain() + "::" + node.op_type();
}

}  // namespace phasecore::onnx
