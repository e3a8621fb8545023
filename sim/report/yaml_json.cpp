#include "sim/report/yaml_json.hpp"

#include <nlohmann/json.hpp>

namespace phasecore::report {
namespace {

nlohmann::ordered_json scalar_to_json(const common::YamlNode& node) {
  if (node.quoted) return node.scalar;
  // What is a JSON number or literal is one here too; "010" and ".5" are not and stay text.
  auto value = nlohmann::ordered_json::parse(node.scalar, nullptr, /*allow_exceptions=*/false);
  if (value.is_number() || value.is_boolean()) return value;
  return node.scalar;
}

}  // namespace

nlohmann::ordered_json yaml_to_json(const common::YamlNode& node) {
  using nlohmann::ordered_json;
  switch (node.kind) {
    case common::YamlNode::Kind::Null:
      return nullptr;
    case common::YamlNode::Kind::Scalar:
      return scalar_to_json(node);
    case common::YamlNode::Kind::Sequence: {
      ordered_json list = ordered_json::array();
      for (const auto& item : node.items) list.push_back(yaml_to_json(item));
      return list;
    }
    case common::YamlNode::Kind::Map: {
      ordered_json map = ordered_json::object();
      for (const auto& member : node.members) map[member.key] = yaml_to_json(member.value);
      return map;
    }
  }
  return nullptr;
}

}  // namespace phasecore::report
