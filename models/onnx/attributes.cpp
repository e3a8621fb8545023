#include "models/onnx/attributes.hpp"

#include <limits>

namespace phasecore::onnx {

using ::onnx::AttributeProto;

Attributes::Attributes(const ::onnx::NodeProto& node, std::function<void(const std::string&)> problem)
    : node_(node), problem_(std::move(problem)) {
  std::set<std::string> seen;
  for (const auto& attribute : node.attribute())
    if (!seen.insert(attribute.name()).second) problem_("attribute '" + attribute.name() + "' stands twice");
}

const AttributeProto* Attributes::find(const std::string& name) {
  known_.insert(name);
  for (const auto& attribute : node_.attribute())
    if (attribute.name() == name) return &attribute;
  return nullptr;
}

const AttributeProto* Attributes::find(const std::string& name, int type, const char* type_text) {
  const AttributeProto* attribute = find(name);
  if (attribute == nullptr || attribute->type() == type) return attribute;
  problem_("attribute '" + name + "' must be " + type_text);
  return nullptr;
}

bool Attributes::to_int(const std::string& name, long long wide, int& value) {
  if (wide < std::numeric_limits<int>::min() || wide > std::numeric_limits<int>::max()) {
    problem_("attribute '" + name + "' holds " + std::to_string(wide) + ", which is out of range");
    return false;
  }
  value = static_cast<int>(wide);
  return true;
}

int Attributes::integer(const std::string& name, int otherwise) {
  const AttributeProto* attribute = find(name, AttributeProto::INT, "an integer");
  int value = otherwise;
  if (attribute != nullptr) to_int(name, attribute->i(), value);
  return value;
}

float Attributes::real(const std::string& name, float otherwise) {
  const AttributeProto* attribute = find(name, AttributeProto::FLOAT, "a number");
  return attribute == nullptr ? otherwise : attribute->f();
}

std::string Attributes::text(const std::string& name, const std::string& otherwise) {
  const AttributeProto* attribute = find(name, AttributeProto::STRING, "a text");
  return attribute == nullptr ? otherwise : attribute->s();
}

std::optional<std::vector<int>> Attributes::integers(const std::string& name) {
  const AttributeProto* attribute = find(name, AttributeProto::INTS, "a list of integers");
  if (attribute == nullptr) return std::nullopt;
  std::vector<int> values;
  for (const auto wide : attribute->ints()) {
    int value = 0;
    if (!to_int(name, wide, value)) return std::nullopt;
    values.push_back(value);
  }
  return values;
}

std::vector<float> Attributes::reals(const std::string& name) {
  const AttributeProto* attribute = find(name, AttributeProto::FLOATS, "a list of numbers");
  if (attribute == nullptr) return {};
  return {attribute->floats().begin(), attribute->floats().end()};
}

std::vector<int> Attributes::integers(const std::string& name, std::size_t count, int otherwise) {
  std::vector<int> values = integers(name).value_or(std::vector<int>(count, otherwise));
  if (values.size() != count) {
    problem_("attribute '" + name + "' has " + std::to_string(values.size()) + " values; must have " +
             std::to_string(count));
    values.assign(count, otherwise);
  }
  return values;
}

void Attributes::refuse_others() {
  for (const auto& attribute : node_.attribute())
    if (known_.count(attribute.name()) == 0)
      problem_("attribute '" + attribute.name() + "' is not supported");
}

}  // namespace phasecore::onnx
