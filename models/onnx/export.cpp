// Network -> ONNX. The tensor a layer delivers carries the layer's name, so ranges keep their keys.
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <map>
#include <set>

#include "common/table.hpp"
#include "models/graph/check.hpp"
#include "models/graph/ops/constant.hpp"
#include "models/graph/ops/gather.hpp"
#include "models/onnx/aligned.hpp"
#include "models/onnx/element_types.hpp"
#include "models/onnx/metadata.hpp"
#include "models/onnx/node_writer.hpp"
#include "models/onnx/onnx.hpp"
#include "models/onnx/operators.hpp"

namespace phasecore::onnx {
namespace {

using graph::Layer;

constexpr int kIrVersion = 8;
constexpr int kUsualOpset = 13;

class Exporter {
 public:
  Exporter(const graph::Network& network, int opset, Weights weights)
      : network_(network), opset_(opset), needed_(opset), weights_(weights), types_(element_types(network)) {
    for (const Layer& layer : network.layers) names_.insert(layer.name);
  }

  std::string run() {
    model_.set_ir_version(kIrVersion);
    model_.set_producer_name("PhaseCore");
    model_.add_opset_import()->set_version(opset_);
    graph().set_name(network_.name.empty() ? "network" : network_.name);
    for (int i = 0; i < network_.inputs(); ++i) add_value_info(*graph().add_input(), i);
    for (std::size_t i = network_.inputs(); i < network_.layers.size(); ++i) add_layer(static_cast<int>(i));
    for (int output : network_.outputs) add_value_info(*graph().add_output(), output);
    for (const auto& [key, value] : network_.metadata)
      if (key != kInputAxes) add_metadata(key, value);  // the written model's input is the network's
    for (const auto& [layer, range] : network_.ranges)
      add_metadata(kRangePrefix + layer, common::format_double(range));
    return model_.SerializeAsString();
  }

  /// The oldest opset, from this one on, that knows all nodes in the form in which they are written.
  int needed_opset() const { return needed_; }

 private:
  ::onnx::GraphProto& graph() { return *model_.mutable_graph(); }

  void add_metadata(const std::string& key, const std::string& value) {
    auto* entry = model_.add_metadata_props();
    entry->set_key(key);
    entry->set_value(value);
  }

  void add_value_info(::onnx::ValueInfoProto& info, int index) const {
    const Layer& layer = network_.layers[index];
    info.set_name(layer.name);
    auto* type = info.mutable_type()->mutable_tensor_type();
    type->set_elem_type(types_[index]);
    type->mutable_shape()->add_dim()->set_dim_param("N");
    for (int extent : layer.shape) type->mutable_shape()->add_dim()->set_dim_value(extent);
  }

  void add_layer(int index) {
    const Layer& layer = network_.layers[index];
    const auto* constant = layer.as<graph::Constant>();
    if (constant == nullptr) return add_node(layer);
    ::onnx::TensorProto& tensor = *graph().add_initializer();
    tensor.set_name(layer.name);
    tensor.set_data_type(types_[index]);
    if (!is_one_index(index))
      for (int extent : layer.shape) tensor.add_dims(extent);
    const std::vector<float>& values = constant->values.values;
    if (types_[index] == ::onnx::TensorProto::INT64)
      for (const float value : values) tensor.add_int64_data(static_cast<std::int64_t>(value));
    else
      tensor.set_raw_data(values.data(), values.size() * sizeof(float));
  }

  /// Is a constant one number to all who read it?
  bool is_one_index(int constant) const {
    if (graph::volume(network_.layers[constant].shape) != 1) return false;
    return std::all_of(network_.layers.begin(), network_.layers.end(), [&](const Layer& reader) {
      const auto& in = reader.inputs;
      if (std::find(in.begin(), in.end(), constant) == in.end()) return true;
      const auto* gather = reader.as<graph::Gather>();
      return gather != nullptr && gather->one_index && in[0] != constant;
    });
  }

  void add_node(const Layer& layer) {
    const Registry::Write* write = operators().writer(layer.op());
    if (write == nullptr)
      throw common::InputError(graph::label_of(layer) + ": this operator cannot be written to ONNX");
    auto& node = *graph().add_node();
    node.set_name(layer.name);
    const std::string name = layer.op().name();
    const auto separator = name.rfind("::");
    if (separator == std::string::npos) {
      node.set_op_type(name);
    } else {
      node.set_domain(name.substr(0, separator));
      node.set_op_type(name.substr(separator + 2));
      add_domain(node.domain());
    }
    for (std::size_t in = 0; in < layer.inputs.size(); ++in) node.add_input(input_of(layer, in));
    node.add_output(layer.name);
    NodeWriter writer(graph(), node, static_cast<int>(layer.shape.size()) + 1, names_, needed_, weights_);
    (*write)(layer.op(), writer);
  }

  /// The tensor that the layer reads; whole numbers are cast for those who compute with them.
  std::string input_of(const Layer& reader, std::size_t input) {
    using ::onnx::TensorProto;
    const int from = reader.inputs[input], wanted = wanted_type(reader, input, types_);
    const Layer& layer = network_.layers[from];
    if (types_[from] == wanted) return layer.name;
    if (types_[from] != TensorProto::INT64 || wanted != TensorProto::FLOAT)
      throw common::InputError(graph::label_of(reader) + ": its input '" + layer.name +
                               "' would have to be cast to whole numbers, which is not supported");
    const auto [known, is_new] = real_.insert({from, layer.name + ".real"});
    if (!is_new) return known->second;
    while (!names_.insert(known->second).second) known->second += "_";
    auto& cast = *graph().add_node();
    cast.set_name(known->second);
    cast.set_op_type("Cast");
    cast.add_input(layer.name);
    cast.add_output(known->second);
    auto& to = *cast.add_attribute();
    to.set_name("to");
    to.set_type(::onnx::AttributeProto::INT);
    to.set_i(TensorProto::FLOAT);
    graph().mutable_node()->SwapElements(graph().node_size() - 2, graph().node_size() - 1);
    return known->second;
  }

  void add_domain(const std::string& domain) {
    for (const auto& known : model_.opset_import())
      if (known.domain() == domain) return;
    auto* opset = model_.add_opset_import();
    opset->set_domain(domain);
    opset->set_version(1);
  }

  const graph::Network& network_;
  int opset_, needed_;
  Weights weights_;
  ::onnx::ModelProto model_;
  std::vector<int> types_;           ///< by layer
  std::map<int, std::string> real_;  ///< by layer: its whole numbers as floats
  std::set<std::string> names_;
};

std::string written(const graph::Network& network, Weights weights) {
  if (const auto aligned = with_aligned_operands(network)) return written(*aligned, weights);
  int opset = kUsualOpset;
  while (true) {
    Exporter exporter(network, opset, weights);
    std::string bytes = exporter.run();
    if (exporter.needed_opset() == opset) return bytes;
    opset = exporter.needed_opset();
  }
}

}  // namespace

std::string serialize(const graph::Network& network) {
  return written(network, Weights::Written);
}

std::string serialize_without_weights(const graph::Network& network) {
  return written(network, Weights::LeftOut);
}

}  // namespace phasecore::onnx
