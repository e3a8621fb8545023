#include "models/onnx/importer.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

#include "common/text.hpp"
#include "models/graph/check.hpp"
#include "models/graph/ops/input.hpp"
#include "models/graph/ops/reshape.hpp"
#include "models/onnx/metadata.hpp"
#include "models/onnx/node_reader.hpp"
#include "models/onnx/operators.hpp"
#include "models/onnx/simplification.hpp"
#include "models/onnx/tensors.hpp"

namespace phasecore::onnx {

using ::onnx::NodeProto;
using ::onnx::TensorProto;

namespace {

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

/// Operators that can be read in general, not of constants alone.
std::vector<std::string> supported_operators() {
  std::vector<std::string> names = operators().readable();
  for (const std::string& name : rules().operators_without_reader())
    if (operators().reader(name) == nullptr) names.push_back(name);
  std::sort(names.begin(), names.end());
  return names;
}

/// The nodes of an operator that is not supported.
struct Refused {
  std::string op, first;
  int nodes = 0;
};

/// At the start of a sentence about it.
std::string label_of(const ::onnx::ValueInfoProto& input) {
  return "input '" + input.name() + "' ";
}

std::string text_of(const Refused& refused) {
  std::string what = "operator " + refused.op + " is not supported ";
  if (evaluators().find(refused.op) != nullptr) what += "unless its inputs are constant ";
  what += "(";
  if (refused.nodes > 1) what += std::to_string(refused.nodes) + " nodes, the first is ";
  return what + (refused.nodes == 1 ? "node '" : "'") + refused.first + "')";
}

}  // namespace

Importer::Importer(const ::onnx::ModelProto& model, const std::string& file_name, const Payloads& payloads,
                   FirstDimension first)
    : model_(model), file_name_(file_name), payloads_(payloads), first_(first) {}

graph::Network Importer::run() {
  check_opset();
  collect_constants();
  wiring_.emplace(graph(), [this](const std::string& what) { problem(what); });
  network_.name = graph().name();
  read_inputs();
  diagnostics_.raise_if_any();  // without an input or an order every node would have a problem
  refuse_unsupported();
  read_nodes();
  read_outputs();
  read_metadata();
  diagnostics_.raise_if_any();
  remove_unread_layers();
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
  } else if (*version < kOldestOpset) {
    problem("opset " + std::to_string(*version) + " is too old" + allowed +
            "; onnx.version_converter.convert_version(model, 17) makes it newer");
  } else if (*version > kNewestOpset) {
    problem("opset " + std::to_string(*version) + " is too new" + allowed +
            "; export with opset_version=17, or use onnx.version_converter.convert_version(model, 17)");
  } else {
    opset_ = static_cast<int>(*version);
  }
  diagnostics_.raise_if_any();  // the same operator means different things in different opsets
}

void Importer::collect_constants() {
  constexpr long long kAlwaysAllowed = 1 << 24, kPerStoredByte = 4;
  long long stored = 0;
  for (const TensorProto& tensor : graph().initializer()) {
    add_constant(tensor);
    stored += static_cast<long long>(tensor.ByteSizeLong());
    if (const Payload* payload = payload_of(tensor)) stored += static_cast<long long>(payload->bytes);
  }
  most_computed_ = kAlwaysAllowed + kPerStoredByte * stored;
  if (graph().sparse_initializer_size() > 0) problem("sparse initializers are not supported");
}

const Payload* Importer::payload_of(const TensorProto& tensor) const {
  const auto found = payloads_.find(&tensor);
  return found == payloads_.end() ? nullptr : &found->second;
}

void Importer::add_constant(const TensorProto& tensor) {
  Value value;
  value.stored = &tensor;
  if (!values_.insert({tensor.name(), value}).second)
    problem("initializer '" + tensor.name() + "' stands twice");
}

void Importer::read_inputs() {
  std::vector<const ::onnx::ValueInfoProto*> inputs, read;
  for (const auto& input : graph().input()) {
    if (values_.count(input.name()) != 0) continue;  // before IR 4 initializers are listed among the inputs
    inputs.push_back(&input);
    if (readers(input.name()) != 0) read.push_back(&input);
  }
  if (inputs.empty()) return problem("the model has no input");
  if (read.empty()) read = {inputs.front()};  // which build() then refuses
  for (const auto* input : read) read_input(*input);
}

int Importer::batch_dimension(const ::onnx::TensorShapeProto& dims) const {
  if (first_ == FirstDimension::Part || dims.dim_size() == 0) return kNoBatch;
  const bool is_first = network_.layers.empty();
  const auto is_open = [&](int d) { return !dims.dim(d).has_dim_value() || dims.dim(d).dim_value() < 0; };
  if (first_ == FirstDimension::Steps) return dims.dim_size() > 2 ? 1 : kNoBatch;
  if (is_open(0)) return 0;
  if (dims.dim_size() == 3 && is_open(1)) return 1;  // sequences: {steps, batch, values}
  for (int d = 1; d < dims.dim_size(); ++d)
    if (is_open(d) && !is_first && dims.dim(d).dim_param() == batch_name_) return d;
  if (is_first) return dims.dim_size() > 1 ? 0 : kNoBatch;
  return dims.dim(0).dim_value() == batch_ && dims.dim_size() > 1 ? 0 : kNoBatch;
}

std::string Importer::fault_of(const ::onnx::ValueInfoProto& input) const {
  const std::string label = label_of(input);
  if (input.name().empty()) return "the input has no name";
  if (!common::is_utf8(input.name())) return "the name of " + label + "is no UTF-8";
  if (wiring_->is_delivered(input.name())) return label + "is also delivered by a node";
  if (!input.type().has_tensor_type()) return label + "is not a tensor";
  if (!is_number(input.type().tensor_type().elem_type())) return label + "must hold numbers";
  if (!input.type().tensor_type().has_shape()) return label + "must have a shape";
  return "";
}

std::optional<graph::Shape> Importer::take_shape(const ::onnx::ValueInfoProto& input, int batch) {
  const auto& dims = input.type().tensor_type().shape();
  graph::Shape shape;
  for (int d = 0; d < dims.dim_size(); ++d) {
    const auto& dim = dims.dim(d);
    const bool open = !dim.has_dim_value() || dim.dim_value() < 0;
    if (d == batch) {
      if (!open && dim.dim_value() > graph::kMaxValues) {
        problem(label_of(input) + "has a batch of " + std::to_string(dim.dim_value()) +
                ", which is too large");
        return std::nullopt;
      }
      batch_ = open ? 1 : std::max(1, static_cast<int>(dim.dim_value()));
      batch_name_ = dim.dim_param();
    } else if (open) {
      problem(label_of(input) + "has dimension " + std::to_string(d) +
              (dim.dim_param().empty() ? "" : " ('" + dim.dim_param() + "')") +
              " open; only the batch may be");
      return std::nullopt;
    } else {
      shape.push_back(static_cast<int>(std::min<long long>(dim.dim_value(), graph::kMaxValues + 1)));
    }
  }
  return shape;
}

void Importer::read_input(const ::onnx::ValueInfoProto& input) {
  if (const std::string fault = fault_of(input); !fault.empty()) return problem(fault);
  const auto& type = input.type().tensor_type();
  Value value;
  value.batch = batch_dimension(type.shape());
  std::optional<graph::Shape> taken = take_shape(input, value.batch);
  if (!taken) return;
  graph::Shape shape = *std::move(taken);
  if (shape.empty()) {  // one number
    value.shape = shape;
    shape = {1};
  }
  graph::Layer layer(input.name(), graph::Input(std::move(shape)), {});
  layer.where.file = file_name_;
  layer_names_.insert(layer.name);
  value.integral = is_integral(type.elem_type());
  value.layer = add_layer(std::move(layer));
  values_[input.name()] = value;
}

void Importer::refuse_unsupported() {
  std::set<std::string> constants;
  for (const TensorProto& tensor : graph().initializer()) constants.insert(tensor.name());
  std::vector<Refused> all;
  std::map<std::string, std::size_t> place;
  for (int n : wiring_->order()) {
    const NodeProto& node = graph().node(n);
    const std::string op = operator_name(node);
    const bool computed = evaluators().find(op) != nullptr &&
                          (asks_for_shape(node) ||
                           std::all_of(node.input().begin(), node.input().end(), [&](const auto& input) {
                             return input.empty() || constants.count(input) != 0;
                           }));
    if (computed) constants.insert(node.output().begin(), node.output().end());
    if (computed || operators().reader(op) != nullptr || rules().only(op) != nullptr) continue;
    const auto [found, is_new] = place.insert({op, all.size()});
    if (is_new) all.push_back({op, wiring_->label_of(node), 0});
    ++all[found->second].nodes;
  }
  for (const Refused& refused : all)
    problem(text_of(refused) +
            (&refused == &all.front() ? "; supported are " + joined(supported_operators()) : ""));
}

void Importer::read_nodes() {
  for (int n : wiring_->order()) read_node(graph().node(n), choose_layer_name(graph().node(n)));
}

void Importer::read_node(const NodeProto& node, const std::string& name) {
  const std::string op = operator_name(node);
  const Registry::Read* read = operators().reader(op);
  const Evaluators::Evaluate* evaluate = evaluators().find(op);
  NodeReader reader(*this, node, name);
  constexpr int kAny = std::numeric_limits<int>::max();
  const bool computed = evaluate != nullptr && (reader.reads_constants_only() || asks_for_shape(node));
  const std::string* only = rules().only(op);
  if (!computed && read == nullptr && only == nullptr) return reader.give_up();  // has been reported
  const bool several = computed || operators().has_several_outputs(op) || rules().has_several_outputs(op);
  reader.check_outputs(several ? kAny : 1);
  if (!reader.ok()) return reader.give_up();
  if (computed) return (*evaluate)(reader);
  for (const Rules::Apply& apply : rules().of(op)) {
    if (apply(reader)) return;
    if (!reader.ok()) return reader.give_up();
  }
  if (read != nullptr) return (*read)(reader);
  bool known = true;  // if not, what it reads has been reported
  for (int i = 0; i < node.input_size(); ++i)
    known = known && (!reader.is_activation(i) || !reader.full_shape(i).empty());
  if (known) reader.problem("supported only " + *only);
  reader.give_up();
}

void Importer::read_branch(const ::onnx::GraphProto& branch) {
  const Wiring wiring(branch, [this](const std::string& what) { problem(what); });
  for (const TensorProto& tensor : branch.initializer()) add_constant(tensor);
  for (const int n : wiring.order()) {
    const NodeProto& node = branch.node(n);
    for (const std::string& output : node.output())
      if (values_.count(output) != 0) return problem("tensor '" + output + "' is delivered twice");
    const std::string op = operator_name(node);
    const bool known = operators().reader(op) != nullptr || rules().only(op) != nullptr;
    if (!known && evaluators().find(op) == nullptr) problem(text_of({op, wiring.label_of(node), 1}));
    read_node(node, choose_layer_name(node));
  }
}

void Importer::read_outputs() {
  if (graph().output_size() == 0) problem("the model has no output");
  for (const auto& output : graph().output()) {
    if (const auto found = values_.find(output.name());
        found != values_.end() && found->second.view != nullptr)
      settle(output.name());
    const auto value = values_.find(output.name());
    if (value == values_.end()) {
      problem("output '" + output.name() + "' is delivered by no node");
    } else if (value->second.is_constant()) {
      problem("output '" + output.name() + "' is a constant");
    } else if (value->second.batch > 0 && batch_ > 1 && first_ == FirstDimension::Batch) {
      problem("output '" + output.name() + "' has its batch as dimension " +
              std::to_string(value->second.batch) + "; must be the first");
    } else {
      network_.outputs.push_back(output_of(output.name(), value->second));
    }
  }
}

int Importer::output_of(const std::string& tensor, const Value& value) {
  const int layer = in_own_shape(tensor, value);
  if (!value.codes) return layer;
  if (value.codes->are_by_row())
    problem("output '" + tensor + "' is of codes with several scales; must be of values, or have one scale");
  graph::Quantize quantize;
  quantize.codes = value.codes->codes;
  graph::Layer& last = network_.layers[layer];
  if (last.is<graph::Reshape>() && last.shape == network_.layers[last.inputs[0]].shape && is_unread(layer)) {
    last.set(quantize);
    code_ranges_.erase(last.name);  // of values
    return layer;
  }
  std::string name = tensor + ".codes";
  while (!layer_names_.insert(name).second) name += "_";
  return add_layer(graph::Layer(std::move(name), quantize, {layer}));
}

void Importer::read_metadata() {
  network_.ranges = code_ranges_;
  const std::string prefix = kRangePrefix;
  std::set<std::string> seen;
  for (const auto& entry : model_.metadata_props()) {
    const std::string& key = entry.key();
    if (!seen.insert(key).second) problem("metadata '" + key + "' stands twice");
    if (key.compare(0, prefix.size(), prefix) == 0)
      read_range(key, entry.value());
    else if (key != kInputAxes)  // says what this reading did
      network_.metadata[key] = entry.value();
  }
}

void Importer::read_range(const std::string& key, const std::string& text) {
  const std::string tensor = key.substr(std::string(kRangePrefix).size());
  double range = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), range);
  if (error != std::errc() || end != text.data() + text.size() ||
      !(range > 0 && range <= std::numeric_limits<float>::max()))
    return problem("metadata '" + key + "': '" + text + "' must be a positive number that a float holds");
  const auto value = values_.find(tensor);
  if (value == values_.end() && !wiring_->is_delivered(tensor)) {
    std::vector<std::string> known;
    for (const auto& [name, v] : values_)
      if (!v.is_constant()) known.push_back(name);
    problem("metadata '" + key + "': there is no tensor '" + tensor + "'" +
            common::did_you_mean(tensor, known));
  }
  // Nobody computes a superseded tensor or one of a node that no output depends on; a constant needs no
  // range.
  if (value == values_.end() || value->second.is_constant()) return;
  if (const auto added = added_.find(value->second.layer);
      added != added_.end() && added->second != value->second.added)
    return;
  double& kept = network_.ranges[network_.layers[value->second.layer].name];
  kept = std::max(kept, range);  // several names for one tensor
}

void Importer::remove_unread_layers() {
  const int count = static_cast<int>(network_.layers.size());
  std::vector<bool> wanted(count, false);
  wanted[0] = true;  // if nobody reads the input, that is to be said
  for (int output : network_.outputs) wanted[output] = true;
  for (int i = count - 1; i >= 0; --i)
    if (wanted[i])
      for (int input : network_.layers[i].inputs) wanted[input] = true;
  std::vector<int> place(count, -1);
  std::vector<graph::Layer> kept;
  for (int i = 0; i < count; ++i) {
    graph::Layer& layer = network_.layers[i];
    if (!wanted[i]) {
      network_.ranges.erase(layer.name);
      continue;
    }
    for (int& input : layer.inputs) input = place[input];
    place[i] = static_cast<int>(kept.size());
    kept.push_back(std::move(layer));
  }
  network_.layers = std::move(kept);
  for (int& output : network_.outputs) output = place[output];
}

bool Importer::is_constant(const std::string& tensor) const {
  const auto value = values_.find(tensor);
  return value != values_.end() && value->second.is_constant();
}

int Importer::readers(const std::string& tensor) const {
  const auto own = own_readers_.find(tensor);
  return own == own_readers_.end() ? wiring_->readers(tensor) : own->second;
}

void Importer::settle(const std::string& tensor) {
  const std::shared_ptr<const View> view = values_.at(tensor).view;
  if (const std::string& own = view->node.output(0); own != tensor) {  // a second name for the same
    if (values_.at(own).view == view) settle(own);
    values_[tensor] = values_.at(own);
    values_[tensor].shared = true;
    return;
  }
  const std::string op = operator_name(view->node);
  NodeReader reader(*this, view->node, view->name);
  if (const Registry::Read* read = operators().reader(op)) return (*read)(reader);
  const std::string* only = rules().only(op);
  reader.problem("supported only " + (only == nullptr ? "where it can be left out" : *only));
  reader.give_up();
}

std::string Importer::fresh_tensor(const std::string& name) {
  std::string fresh = name + ".moved";
  while (values_.count(fresh) != 0 || wiring_->is_delivered(fresh)) fresh += "_";
  return fresh;
}

std::string Importer::choose_layer_name(const NodeProto& node) {
  const std::string wanted = wiring_->label_of(node);
  std::string name = wanted;
  for (int copy = 2; !layer_names_.insert(name).second; ++copy) name = wanted + "_" + std::to_string(copy);
  return name;
}

int Importer::add_layer(graph::Layer layer) {
  graph::check_layer(network_.layers, layer, diagnostics_);
  network_.layers.push_back(std::move(layer));
  return static_cast<int>(network_.layers.size()) - 1;
}

bool Importer::is_unread(int layer) const {
  const auto reads_it = [&](const graph::Layer& other) {
    return std::find(other.inputs.begin(), other.inputs.end(), layer) != other.inputs.end();
  };
  const auto& outputs = network_.outputs;
  return std::none_of(network_.layers.begin(), network_.layers.end(), reads_it) &&
         std::find(outputs.begin(), outputs.end(), layer) == outputs.end();
}

void Importer::note(const char* key, int layer) {
  std::string& names = network_.metadata[key];
  names += (names.empty() ? "" : ", ") + network_.layers[layer].name;
}

void Importer::take_range(int layer, const TensorCodes& tensor) {
  const graph::Codes& codes = tensor.codes;
  const auto is_middle = [&](float zero) {
    return zero == 0 || (codes.lowest == 0 && zero * 2 == codes.highest + 1);
  };
  const auto& zeros = tensor.zero_points;
  if (!is_middle(codes.zero_point) || !std::all_of(zeros.begin(), zeros.end(), is_middle))
    note(kAsymmetricCodes, layer);
  if (tensor.are_by_row()) note(kCodesByRow, layer);
  for (int at = layer; at >= 0;
       at = network_.layers[at].is<graph::Reshaping>() ? network_.layers[at].inputs[0] : -1) {
    const std::string& name = network_.layers[at].name;
    const auto [range, is_new] = code_ranges_.insert({name, codes.range()});
    if (!is_new) range->second = std::max(range->second, codes.range());
  }
}

int Importer::in_own_shape(const std::string& tensor, const Value& value) {
  const graph::Shape& delivered = network_.layers[value.layer].shape;
  if (!value.shape || *value.shape == delivered || value.shape->empty() || delivered.empty())
    return value.layer;
  const auto [known, is_new] = reshaped_.insert({tensor, -1});
  if (is_new) {
    std::string name = tensor + ".shape";
    while (!layer_names_.insert(name).second) name += "_";
    graph::Layer layer(std::move(name), graph::Reshape(*value.shape), {value.layer});
    layer.where.file = file_name_;
    known->second = add_layer(std::move(layer));
  }
  return known->second;
}

int Importer::add_placeholder(const std::string& name) {
  graph::Layer layer;
  layer.name = name;
  network_.layers.push_back(std::move(layer));
  return static_cast<int>(network_.layers.size()) - 1;
}

}  // namespace phasecore::onnx
