#include "models/onnx/node_reader.hpp"

#include <algorithm>

#include "models/graph/mvm.hpp"
#include "models/onnx/importer.hpp"
#include "models/onnx/operators.hpp"
#include "models/onnx/tensors.hpp"

namespace phasecore::onnx {

using ::onnx::NodeProto;
using ::onnx::TensorProto;

NodeReader::NodeReader(Importer& importer, const NodeProto& node)
    : importer_(importer),
      node_(node),
      name_(importer.choose_layer_name(node)),
      attributes_(node, [this](const std::string& what) { problem(what); }) {}

int NodeReader::opset() const {
  return importer_.opset_;
}

int NodeReader::batch() const {
  return importer_.batch_;
}

const graph::Shape& NodeReader::shape_of(int layer) const {
  return importer_.network_.layers[layer].shape;
}

void NodeReader::problem(const std::string& what) {
  importer_.problem("node '" + name_ + "' (" + operator_name(node_) + "): " + what);
  ok_ = false;
}

void NodeReader::check_outputs() {
  if (node_.output_size() == 0 || node_.output(0).empty()) problem("delivers nothing");
  for (int i = 1; i < node_.output_size(); ++i)
    if (importer_.readers_.count(node_.output(i)) != 0 && !node_.output(i).empty())
      problem("its output '" + node_.output(i) + "' is not supported");
}

void NodeReader::expect_inputs(int least, int most) {
  const int count = node_.input_size();
  if (count < least || count > most)
    problem("has " + std::to_string(count) + " inputs; must have " + std::to_string(least) +
            (least == most ? "" : " to " + std::to_string(most)));
}

bool NodeReader::is_constant(int i) const {
  if (!has_input(i)) return false;
  const auto value = importer_.values_.find(node_.input(i));
  return value != importer_.values_.end() && value->second.constant != nullptr;
}

int NodeReader::activation(int i) {
  if (!has_input(i)) {
    problem("input " + std::to_string(i) + " is missing");
    return importer_.add_placeholder("");
  }
  const std::string& tensor = node_.input(i);
  const auto value = importer_.values_.find(tensor);
  if (value == importer_.values_.end()) {
    problem("reads '" + tensor + "', which no earlier node delivers");
    return importer_.add_placeholder(tensor);
  }
  if (value->second.constant != nullptr) {
    problem("input '" + tensor + "' is a constant; must be an activation");
    return importer_.add_placeholder(tensor);
  }
  return value->second.layer;
}

const TensorProto* NodeReader::constant(int i, const std::string& what) {
  if (!has_input(i)) {
    problem(what + " is missing");
    return nullptr;
  }
  const std::string& tensor = node_.input(i);
  const auto value = importer_.values_.find(tensor);
  if (value == importer_.values_.end()) {
    problem("reads '" + tensor + "', which no earlier node delivers");
    return nullptr;
  }
  if (value->second.constant != nullptr) return value->second.constant;
  // What a refused node would have delivered may have been constant.
  if (shape_of(value->second.layer).empty()) {
    ok_ = false;
  } else {
    problem(what + " '" + tensor + "' must be a constant");
  }
  return nullptr;
}

graph::Tensor NodeReader::floats(int i, const std::string& what) {
  const TensorProto* tensor = constant(i, what);
  if (tensor == nullptr) return {};
  auto decoded = decode_floats(*tensor);
  if (!decoded.error.empty()) {
    problem(what + " '" + node_.input(i) + "' " + decoded.error);
    return {};
  }
  return {std::move(decoded.shape), std::move(decoded.values)};
}

std::optional<std::vector<std::int64_t>> NodeReader::ints(int i, const std::string& what) {
  const TensorProto* tensor = constant(i, what);
  if (tensor == nullptr) return std::nullopt;
  auto decoded = decode_ints(*tensor);
  if (!decoded.error.empty()) {
    problem(what + " '" + node_.input(i) + "' " + decoded.error);
    return std::nullopt;
  }
  return std::move(decoded.values);
}

const std::string& NodeReader::file_name() const {
  return importer_.file_name_;
}

std::string NodeReader::fresh_name(std::string name) {
  while (!importer_.layer_names_.insert(name).second) name += "_";
  return name;
}

void NodeReader::end_with(graph::Layer layer) {
  attributes_.refuse_others();
  if (!ok_) return give_up();
  importer_.values_[node_.output(0)] = {importer_.add_layer(std::move(layer)), nullptr};
}

int NodeReader::append(graph::Layer layer) {
  return ok_ ? importer_.add_layer(std::move(layer)) : importer_.add_placeholder(layer.name);
}

void NodeReader::give_up() {
  ok_ = false;
  const int placeholder = importer_.add_placeholder(name_);
  for (const std::string& output : node_.output())
    if (!output.empty()) importer_.values_[output] = {placeholder, nullptr};
}

void NodeReader::alias() {
  attributes_.refuse_others();
  const auto value = has_input(0) ? importer_.values_.find(node_.input(0)) : importer_.values_.end();
  if (value == importer_.values_.end()) activation(0);  // says what is wrong
  if (!ok_) return give_up();
  const Value passed_on = value->second;
  importer_.values_[node_.output(0)] = passed_on;
}

void NodeReader::define(TensorProto constant) {
  attributes_.refuse_others();
  if (!ok_) return give_up();
  importer_.made_.push_back(std::move(constant));
  importer_.values_[node_.output(0)] = {-1, &importer_.made_.back()};
}

void NodeReader::fold_bias(int activation_input, int constant_input) {
  const int target = activation(activation_input);
  const graph::Tensor added = floats(constant_input, "constant");
  attributes_.refuse_others();
  graph::Layer& layer = importer_.network_.layers[target];
  if (!ok_ || layer.shape.empty()) return give_up();
  if (!layer.is<graph::Mvm>() || importer_.readers_[importer_.root_of(node_.input(activation_input))] != 1) {
    problem("adds a constant to '" + layer.name +
            "'; supported only as the bias of a Conv, Gemm or MatMul that nothing else reads");
    return give_up();
  }
  // Broadcasting aligns the last dimensions: {C,1,1} or {1,C,1,1} is one value per channel, {N} or {1,N} per
  // output.
  const std::size_t rank = layer.shape.size() + 1;
  graph::Shape aligned(rank, 1);
  bool fits = added.shape.size() <= rank;
  if (fits) std::copy(added.shape.rbegin(), added.shape.rend(), aligned.rbegin());
  for (std::size_t d = 0; d < rank; ++d)
    fits = fits && (aligned[d] == 1 || (d == 1 && aligned[d] == layer.shape[0]));
  if (!fits) {
    problem("adds a constant of shape " + graph::to_string(added.shape) + " to '" + layer.name + "' (" +
            graph::to_string(layer.shape) + "); must be one value per channel");
    return give_up();
  }
  const std::size_t channels = static_cast<std::size_t>(layer.shape[0]);
  graph::Tensor& bias = layer.edit<graph::Mvm>()->bias;
  if (bias.empty()) bias = {{layer.shape[0]}, std::vector<float>(channels, 0.0f)};
  for (std::size_t c = 0; c < channels; ++c)
    bias.values[c] += added.values.size() == 1 ? added.values[0] : added.values[c];
  importer_.values_[node_.output(0)] = {target, nullptr, ++importer_.added_[target]};
}

}  // namespace phasecore::onnx
