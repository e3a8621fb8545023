#include "models/onnx/functions.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <vector>

#include "models/onnx/operators.hpp"
#include "models/onnx/wire.hpp"

namespace phasecore::onnx {
namespace {

using ::onnx::AttributeProto;
using ::onnx::FunctionProto;
using ::onnx::GraphProto;
using ::onnx::NodeProto;
using Nodes = google::protobuf::RepeatedPtrField<NodeProto>;

/// A few functions that call each other twice make as many nodes as there is memory for.
constexpr int kMostSteps = 100'000;
constexpr std::size_t kMostBytes = std::size_t{1} << 28;
constexpr std::size_t kDeepest = 32;

template <class Imports>
long long opset_of(const Imports& imports) {
  for (const auto& opset : imports)
    if (opset.domain().empty() || opset.domain() == "ai.onnx") return opset.version();
  return 0;
}

/// What attributes of a function are where nobody gives them. Debian's ONNX library does not know the field.
std::vector<AttributeProto> defaults_of(const FunctionProto& function) {
  constexpr int kAttributeProto = 11;
  std::vector<AttributeProto> defaults;
  const std::string bytes = function.SerializeAsString();
  for (const std::string_view field : bytes_fields(bytes, kAttributeProto)) {
    AttributeProto attribute;
    if (attribute.ParseFromArray(field.data(), static_cast<int>(field.size()))) defaults.push_back(attribute);
  }
  return defaults;
}

template <class Attributes>
const AttributeProto* find(const Attributes& attributes, const std::string& name) {
  const auto found = std::find_if(attributes.begin(), attributes.end(),
                                  [&](const AttributeProto& a) { return a.name() == name; });
  return found == attributes.end() ? nullptr : &*found;
}

struct Function {
  const FunctionProto* proto = nullptr;
  std::vector<AttributeProto> defaults;
};

/// One node that calls a function: what the function's names and attributes are there.
class Call {
 public:
  Call(const NodeProto& node, const Function& called) : node_(node), defaults_(called.defaults) {
    const FunctionProto& function = *called.proto;
    for (int i = 0; i < function.input_size(); ++i)
      names_[function.input(i)] = i < node.input_size() ? node.input(i) : "";
    for (const std::string& output : node.output())
      if (prefix_.empty() && !output.empty()) prefix_ = output + "/";
    for (int i = 0; i < function.output_size(); ++i) {
      const std::string& inner = function.output(i);
      if (i >= node.output_size() || node.output(i).empty()) continue;
      if (!names_.emplace(inner, node.output(i)).second)
        passed_on_.push_back({names_.at(inner), node.output(i)});
    }
  }

  /// The function's node as it stands in the caller's graph.
  NodeProto translated(const NodeProto& inner) const {
    NodeProto node = inner;
    translate(node);
    return node;
  }

  /// Tensors that the function delivers as they came in: {from, to}.
  const std::vector<std::pair<std::string, std::string>>& passed_on() const { return passed_on_; }

 private:
  std::string translated(const std::string& name) const {
    if (name.empty()) return name;
    const auto known = names_.find(name);
    return known == names_.end() ? prefix_ + name : known->second;
  }

  void translate(NodeProto& node) const {
    if (!node.name().empty()) node.set_name(prefix_ + node.name());
    for (std::string& input : *node.mutable_input()) input = translated(input);
    for (std::string& output : *node.mutable_output()) output = translated(output);
    google::protobuf::RepeatedPtrField<AttributeProto> attributes;
    attributes.Swap(node.mutable_attribute());
    for (AttributeProto& attribute : attributes) {
      if (!resolve(attribute)) continue;
      if (attribute.has_g()) translate(*attribute.mutable_g());
      *node.add_attribute() = std::move(attribute);
    }
  }

  void translate(GraphProto& graph) const {
    for (NodeProto& node : *graph.mutable_node()) translate(node);
    for (auto& tensor : *graph.mutable_initializer()) tensor.set_name(translated(tensor.name()));
    for (auto& output : *graph.mutable_output()) output.set_name(translated(output.name()));
  }

  /// An attribute that is one of the function's; false where it has no value.
  bool resolve(AttributeProto& attribute) const {
    if (attribute.ref_attr_name().empty()) return true;
    const AttributeProto* value = find(node_.attribute(), attribute.ref_attr_name());
    if (value == nullptr) value = find(defaults_, attribute.ref_attr_name());
    if (value == nullptr) return false;
    const std::string name = attribute.name();
    attribute = *value;
    attribute.set_name(name);
    return true;
  }

  const NodeProto& node_;
  const std::vector<AttributeProto>& defaults_;
  std::map<std::string, std::string> names_;
  std::string prefix_;
  std::vector<std::pair<std::string, std::string>> passed_on_;
};

class Functions {
 public:
  using Problem = std::function<void(const std::string&)>;

  Functions(const ::onnx::ModelProto& model, Problem problem) : problem_(std::move(problem)) {
    const long long opset = opset_of(model.opset_import());
    for (const FunctionProto& function : model.functions()) {
      const std::string name = function.domain() + "::" + function.name();
      if (!functions_.emplace(name, Function{&function, defaults_of(function)}).second)
        problem_("function " + name + " is defined twice");
      const long long own = opset_of(function.opset_import());
      if (own != 0 && own != opset)
        problem_("function " + name + " is written for opset " + std::to_string(own) + ", the model for " +
                 std::to_string(opset));
    }
  }

  void write_out(GraphProto& graph) {
    Nodes nodes;
    nodes.Swap(graph.mutable_node());
    for (NodeProto& node : nodes) add(std::move(node), *graph.mutable_node());
  }

 private:
  void add(NodeProto node, Nodes& to) {
    if (stopped_) return;
    const auto function = functions_.find(operator_name(node));
    if (function != functions_.end()) return expand(node, function->first, function->second, to);
    for (AttributeProto& attribute : *node.mutable_attribute())
      if (attribute.has_g()) write_out(*attribute.mutable_g());
    if (!open_.empty()) count(node.ByteSizeLong());
    *to.Add() = std::move(node);
  }

  void count(std::size_t bytes) {
    bytes_ += bytes;
    if (++steps_ > kMostSteps || bytes_ > kMostBytes)
      stop("its functions make more than " + std::to_string(kMostSteps) + " nodes, or " +
           std::to_string(kMostBytes >> 20) + " MiB of them");
  }

  void expand(const NodeProto& node, const std::string& name, const Function& function, Nodes& to) {
    count(0);
    if (stopped_) return;
    if (std::count(open_.begin(), open_.end(), name) != 0) return stop("function " + name + " calls itself");
    if (open_.size() == kDeepest) return stop("function " + name + " is called too deep in others");
    open_.push_back(name);
    const Call call(node, function);
    for (const NodeProto& inner : function.proto->node()) add(call.translated(inner), to);
    for (const auto& [from, into] : call.passed_on()) {
      NodeProto& identity = *to.Add();
      identity.set_op_type("Identity");
      identity.add_input(from);
      identity.add_output(into);
    }
    open_.pop_back();
  }

  void stop(const std::string& why) {
    if (!stopped_) problem_(why);
    stopped_ = true;
  }

  Problem problem_;
  std::map<std::string, Function> functions_;
  std::vector<std::string> open_;  ///< the functions that are being written out
  int steps_ = 0;
  std::size_t bytes_ = 0;
  bool stopped_ = false;
};

}  // namespace

void write_functions_out(::onnx::ModelProto& model, const std::string& file_name,
                         common::Diagnostics& diagnostics) {
  if (model.functions_size() == 0) return;
  Functions functions(model, [&](const std::string& what) { diagnostics.add({file_name, 0, 0}, what); });
  functions.write_out(*model.mutable_graph());
}

}  // namespace phasecore::onnx
