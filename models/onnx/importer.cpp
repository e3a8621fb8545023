#include "models/onnx/importer.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

#include "common/text.hpp"
#include "models/graph/check.hpp"
#include "models/graph/ops/input.hpp"
#include "models/onnx/metadata.hpp"
#include "models/onnx/node_reader.hpp"
#include "models/onnx/operators.hpp"

namespace phasecore::onnx {

using ::onnx::NodeProto;
using ::onnx::TensorProto;

namespace {

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

/// The nodes of an operator that is not supported.
struct Refused {
  std::string op, first;
  int nodes = 0;
};

}  // namespace

Importer::Importer(const ::onnx::ModelProto& model, const std::string& file_name)
    : model_(model), graph_(model.graph()), file_name_(file_name) {}

graph::Network Importer::run() {
  check_opset();
  collect_constants();
  collect_producers();
  find_live_nodes();
  count_readers();
  network_.name = graph_.name();
  read_input();
  diagnostics_.raise_if_any();  // without an input every node would have a problem
  refuse_unsupported();
  read_nodes();
  read_outputs();
  read_metadata();
  diagnostics_.raise_if_any();
  return graph::build(std::move(network_));
}

void Importer::check_opset() {
  std::optional<long long> version;
  for (const auto& opset : model_.opset_import())
    if (opset.domain().empty() || opset.domain() == "ai.onnx") version = opset.version();
  const std::string allowed =
      "; supported are " + std::to_string(kOldestOpset) + " to " + std::to_string(kNewestOpset);
  if (!version) {
    problem("the model does not say which opset it uses" + allowed);
  } else if (*version < kOldestOpset || *version > kNewestOpset) {
    problem("opset " + std::to_string(*version) + (*version < kOldestOpset ? " is too old" : " is too new") +
            allowed);
  } else {
    opset_ = static_cast<int>(*version);
  }
  diagnostics_.raise_if_any();  // the same operator means different things in different opsets
}

void Importer::collect_constants() {
  for (const TensorProto& tensor : graph_.initializer())
    if (!values_.insert({tensor.name(), Value{-1, &tensor}}).second)
      problem("initializer '" + tensor.name() + "' stands twice");
  if (graph_.sparse_initializer_size() > 0) problem("sparse initializers are not supported");
}

/// Names go into JSON, YAML and CSV, which are UTF-8; protobuf takes any bytes.
void Importer::check_names(int n) {
  const NodeProto& node = graph_.node(n);
  const auto check = [&](const std::string& name) {
    if (!common::is_utf8(name))
      problem("node " + std::to_string(n) + " (" + node.op_type() + "): the name '" + name + "' is no UTF-8");
  };
  check(node.name());
  for (const std::string& output : node.output()) check(output);
}

void Importer::collect_producers() {
  for (int n = 0; n < graph_.node_size(); ++n) {
    check_names(n);
    ++node_names_[graph_.node(n).name()];
    for (const std::string& output : graph_.node(n).output())
      if (!output.empty() && (values_.count(output) != 0 || !producers_.insert({output, n}).second))
        problem("tensor '" + output + "' is delivered twice");
  }
}

void Importer::find_live_nodes() {
  live_.assign(graph_.node_size(), false);
  std::vector<std::string> wanted;
  for (const auto& output : graph_.output()) wanted.push_back(output.name());
  while (!wanted.empty()) {
    const auto producer = producers_.find(wanted.back());
    wanted.pop_back();
    if (producer == producers_.end() || live_[producer->second]) continue;
    live_[producer->second] = true;
    for (const std::string& input : graph_.node(producer->second).input()) wanted.push_back(input);
  }
}

const std::string* Importer::passed_on_as(const std::string& tensor) const {
  const auto producer = producers_.find(tensor);
  if (producer == producers_.end()) return nullptr;
  const NodeProto& node = graph_.node(producer->second);
  const bool passes = operators().passes_through(operator_name(node)) && node.input_size() > 0;
  return passes && node.output(0) == tensor ? &node.input(0) : nullptr;
}

std::string Importer::root_of(const std::string& tensor) {
  std::vector<const std::string*> way{&tensor};
  const auto known = [&] { return roots_.find(*way.back()); };
  // A chain cannot be longer than the list of nodes unless it is a circle, which the walk reports.
  while (known() == roots_.end() && static_cast<int>(way.size()) <= graph_.node_size()) {
    const std::string* source = passed_on_as(*way.back());
    if (source == nullptr) break;
    way.push_back(source);
  }
  const std::string root = known() == roots_.end() ? *way.back() : known()->second;
  for (const std::string* passed : way) roots_[*passed] = root;
  return root;
}

void Importer::count_readers() {
  for (int n = 0; n < graph_.node_size(); ++n)
    if (live_[n] && !operators().passes_through(operator_name(graph_.node(n))))
      for (const std::string& input : graph_.node(n).input()) ++readers_[root_of(input)];
  for (const auto& output : graph_.output()) ++readers_[root_of(output.name())];
}

void Importer::read_input() {
  std::vector<const ::onnx::ValueInfoProto*> inputs;
  std::string names;
  for (const auto& input : graph_.input())
    if (values_.count(input.name()) == 0) {  // before IR 4 initializers are listed among the inputs
      names += (inputs.empty() ? "'" : ", '") + input.name() + "'";
      inputs.push_back(&input);
    }
  if (inputs.size() != 1)
    return problem(inputs.empty() ? "the model has no input"
                                  : "the model has " + std::to_string(inputs.size()) + " inputs (" + names +
                                        "); only one is supported");
  const ::onnx::ValueInfoProto& input = *inputs[0];
  const std::string label = "input '" + input.name() + "' ";
  if (input.name().empty()) return problem("the input has no name");
  if (!common::is_utf8(input.name())) return problem("the name of " + label + "is no UTF-8");
  if (producers_.count(input.name()) != 0) return problem(label + "is also delivered by a node");
  if (!input.type().has_tensor_type()) return problem(label + "is not a tensor");
  const auto& type = input.type().tensor_type();
  if (type.elem_type() != TensorProto::FLOAT && type.elem_type() != TensorProto::DOUBLE &&
      type.elem_type() != TensorProto::FLOAT16)
    return problem(label + "must be of type FLOAT, DOUBLE or FLOAT16");
  if (!type.has_shape() || type.shape().dim_size() < 2)
    return problem(label + "must have a shape of at least two dimensions, the first of them the batch");

  graph::Shape shape;
  if (type.shape().dim(0).has_dim_value()) {
    const long long batch = type.shape().dim(0).dim_value();
    if (batch > graph::kMaxValues)
      return problem(label + "has a batch of " + std::to_string(batch) + ", which is too large");
    batch_ = std::max(1, static_cast<int>(batch));
  }
  for (int d = 1; d < type.shape().dim_size(); ++d) {
    const auto& dim = type.shape().dim(d);
    if (!dim.has_dim_value() || dim.dim_value() < 0)
      return problem(label + "has dimension " + std::to_string(d) +
                     (dim.dim_param().empty() ? "" : " ('" + dim.dim_param() + "')") +
                     " open; only the batch may be");
    shape.push_back(static_cast<int>(std::min<long long>(dim.dim_value(), graph::kMaxValues + 1)));
  }
  graph::Layer layer(input.name(), graph::Input(std::move(shape)), {});
  layer.where.file = file_name_;
  layer_names_.insert(layer.name);
  values_[input.name()] = {add_layer(std::move(layer)), nullptr};
}

void Importer::refuse_unsupported() {
  std::vector<Refused> all;
  std::map<std::string, std::size_t> place;
  for (int n = 0; n < graph_.node_size(); ++n) {
    const std::string op = operator_name(graph_.node(n));
    if (!live_[n] || operators().reader(op) != nullptr) continue;
    const auto [found, is_new] = place.insert({op, all.size()});
    if (is_new) all.push_back({op, label_of(graph_.node(n)), 0});
    ++all[found->second].nodes;
  }
  for (const Refused& refused : all) {
    std::string what = "operator " + refused.op + " is not supported (";
    if (refused.nodes > 1) what += std::to_string(refused.nodes) + " nodes, the first is ";
    what += (refused.nodes == 1 ? "node '" : "'") + refused.first + "')";
    if (&refused == &all.front()) what += "; supported are " + joined(operators().readable());
    problem(what);
  }
}

void Importer::read_nodes() {
  for (int n = 0; n < graph_.node_size(); ++n) {
    if (!live_[n]) continue;
    NodeReader reader(*this, graph_.node(n));
    const Registry::Read* read = operators().reader(operator_name(graph_.node(n)));
    if (read != nullptr) reader.check_outputs();
    if (read != nullptr && reader.ok())
      (*read)(reader);
    else
      reader.give_up();
  }
}

void Importer::read_outputs() {
  if (graph_.output_size() == 0) problem("the model has no output");
  for (const auto& output : graph_.output()) {
    const auto value = values_.find(output.name());
    if (value == values_.end()) {
      problem("output '" + output.name() + "' is delivered by no node");
    } else if (value->second.constant != nullptr) {
      problem("output '" + output.name() + "' is a constant");
    } else {
      network_.outputs.push_back(value->second.layer);
    }
  }
}

void Importer::read_metadata() {
  const std::string prefix = kRangePrefix;
  std::set<std::string> seen;
  for (const auto& entry : model_.metadata_props()) {
    const std::string& key = entry.key();
    if (!seen.insert(key).second) problem("metadata '" + key + "' stands twice");
    if (key.compare(0, prefix.size(), prefix) != 0) {
      network_.metadata[key] = entry.value();
      continue;
    }
    const std::string tensor = key.substr(prefix.size());
    const std::string& text = entry.value();
    double range = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), range);
    if (error != std::errc() || end != text.data() + text.size() ||
        !(range > 0 && range <= std::numeric_limits<float>::max())) {
      problem("metadata '" + key + "': '" + text + "' must be a positive number that a float holds");
      continue;
    }
    const auto value = values_.find(tensor);
    if (value == values_.end() && producers_.count(tensor) == 0) {
      std::vector<std::string> known;
      for (const auto& [name, v] : values_)
        if (v.constant == nullptr) known.push_back(name);
      problem("metadata '" + key + "': there is no tensor '" + tensor + "'" +
              common::did_you_mean(tensor, known));
    }
    // Nobody computes a superseded tensor or one of a node that no output depends on; a constant needs no
    // range.
    if (value == values_.end() || value->second.constant != nullptr) continue;
    if (const auto added = added_.find(value->second.layer);
        added != added_.end() && added->second != value->second.added)
      continue;
    double& kept = network_.ranges[network_.layers[value->second.layer].name];
    kept = std::max(kept, range);  // several names for one tensor
  }
}

std::string Importer::label_of(const NodeProto& node) const {
  if (!node.name().empty() && node_names_.at(node.name()) == 1) return node.name();
  for (const std::string& output : node.output())
    if (!output.empty()) return output;
  return node.op_type();
}

std::string Importer::choose_layer_name(const NodeProto& node) {
  const std::string wanted = label_of(node);
  std::string name = wanted;
  for (int copy = 2; !layer_names_.insert(name).second; ++copy) name = wanted + "_" + std::to_string(copy);
  return name;
}

int Importer::add_layer(graph::Layer layer) {
  graph::check_layer(network_.layers, layer, diagnostics_);
  network_.layers.push_back(std::move(layer));
  return static_cast<int>(network_.layers.size()) - 1;
}

int Importer::add_placeholder(const std::string& name) {
  graph::Layer layer;
  layer.name = name;
  network_.layers.push_back(std::move(layer));
  return static_cast<int>(network_.layers.size()) - 1;
}

}  // namespace phasecore::onnx
