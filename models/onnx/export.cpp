// Network -> ONNX. The tensor a layer delivers carries the layer's name, so ranges keep their keys.
#include <onnx/onnx_pb.h>

#include <cmath>
#include <cstring>
#include <set>

#include "common/table.hpp"
#include "models/onnx/metadata.hpp"
#include "models/onnx/onnx.hpp"

namespace phasecore::onnx {
namespace {

using graph::Layer;
using graph::Op;

constexpr int kIrVersion = 8;
constexpr int kOpset = 13;

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "raw_data is little-endian");

class Exporter {
 public:
  explicit Exporter(const graph::Network& network) : network_(network) {
    for (const Layer& layer : network.layers) names_.insert(layer.name);
  }

  std::string run() {
    model_.set_ir_version(kIrVersion);
    model_.set_producer_name("PhaseCore");
    model_.add_opset_import()->set_version(kOpset);
    graph().set_name(network_.name.empty() ? "network" : network_.name);
    add_value_info(*graph().add_input(), network_.input());
    for (std::size_t i = 1; i < network_.layers.size(); ++i) add_node(network_.layers[i]);
    for (int output : network_.outputs) add_value_info(*graph().add_output(), network_.layers[output]);
    for (const auto& [key, value] : network_.metadata) add_metadata(key, value);
    for (const auto& [layer, range] : network_.ranges)
      add_metadata(kRangePrefix + layer, common::format_double(range));
    return model_.SerializeAsString();
  }

 private:
  ::onnx::GraphProto& graph() { return *model_.mutable_graph(); }

  void add_metadata(const std::string& key, const std::string& value) {
    auto* entry = model_.add_metadata_props();
    entry->set_key(key);
    entry->set_value(value);
  }

  static void add_value_info(::onnx::ValueInfoProto& info, const Layer& layer) {
    info.set_name(layer.name);
    auto* type = info.mutable_type()->mutable_tensor_type();
    type->set_elem_type(::onnx::TensorProto::FLOAT);
    type->mutable_shape()->add_dim()->set_dim_param("N");
    for (int extent : layer.shape) type->mutable_shape()->add_dim()->set_dim_value(extent);
  }

  /// A name for an initializer that no layer has.
  std::string fresh_name(std::string name) {
    while (!names_.insert(name).second) name += "_";
    return name;
  }

  template <class T>
  void add_input(::onnx::NodeProto& node, const std::string& suffix, const std::vector<long long>& dims,
                 int type, const std::vector<T>& values) {
    auto* tensor = graph().add_initializer();
    tensor->set_name(fresh_name(node.name() + suffix));
    tensor->set_data_type(type);
    for (long long d : dims) tensor->add_dims(d);
    tensor->set_raw_data(values.data(), values.size() * sizeof(T));
    node.add_input(tensor->name());
  }

  void add_input(::onnx::NodeProto& node, const std::string& suffix, const graph::Tensor& tensor) {
    add_input(node, suffix, {tensor.shape.begin(), tensor.shape.end()}, ::onnx::TensorProto::FLOAT,
              tensor.values);
  }

  static void add_ints(::onnx::NodeProto& node, const std::string& name, const std::vector<int>& values) {
    auto* attribute = node.add_attribute();
    attribute->set_name(name);
    attribute->set_type(::onnx::AttributeProto::INTS);
    for (int v : values) attribute->add_ints(v);
  }

  static void add_int(::onnx::NodeProto& node, const std::string& name, int value) {
    auto* attribute = node.add_attribute();
    attribute->set_name(name);
    attribute->set_type(::onnx::AttributeProto::INT);
    attribute->set_i(value);
  }

  static void add_window(::onnx::NodeProto& node, const Layer& layer) {
    const graph::Window& w = layer.window;
    add_ints(node, "kernel_shape", {w.kernel_h, w.kernel_w});
    add_ints(node, "strides", {w.stride_h, w.stride_w});
    add_ints(node, "pads", {w.pad_top, w.pad_left, w.pad_bottom, w.pad_right});
    if (layer.op != Op::AveragePool) add_ints(node, "dilations", {w.dilation_h, w.dilation_w});
    if (layer.op != Op::Conv) add_int(node, "ceil_mode", w.ceil_mode);
    if (layer.op == Op::AveragePool) add_int(node, "count_include_pad", w.count_include_pad);
  }

  void add_bound(::onnx::NodeProto& node, const std::string& suffix, float bound) {
    if (std::isinf(bound)) {
      node.add_input("");  // an absent bound
    } else {
      add_input<float>(node, suffix, {}, ::onnx::TensorProto::FLOAT, {bound});
    }
  }

  void add_node(const Layer& layer) {
    auto& node = *graph().add_node();
    node.set_name(layer.name);
    node.set_op_type(graph::name_of(layer.op));
    for (int input : layer.inputs) node.add_input(network_.layers[input].name);
    node.add_output(layer.name);
    switch (layer.op) {
      case Op::Input:
        throw common::InternalError("onnx: a second input");
      case Op::Conv:
        add_window(node, layer);
        add_int(node, "group", layer.groups);
        [[fallthrough]];
      case Op::Gemm:
        if (layer.op == Op::Gemm) add_int(node, "transB", 1);
        add_input(node, ".weight", layer.weights);
        if (!layer.bias.empty()) add_input(node, ".bias", layer.bias);
        return;
      case Op::BatchNorm: {
        add_input(node, ".scale", layer.scale);
        add_input(node, ".offset", layer.bias);
        add_input(node, ".mean", layer.mean);
        add_input(node, ".variance", layer.variance);
        auto* epsilon = node.add_attribute();
        epsilon->set_name("epsilon");
        epsilon->set_type(::onnx::AttributeProto::FLOAT);
        epsilon->set_f(layer.epsilon);
        return;
      }
      case Op::Clip:
        add_bound(node, ".min", layer.clip_min);
        add_bound(node, ".max", layer.clip_max);
        return;
      case Op::MaxPool:
      case Op::AveragePool:
        return add_window(node, layer);
      case Op::Flatten:
        return add_int(node, "axis", 1);
      case Op::Reshape: {
        std::vector<std::int64_t> target{0};  // 0 keeps the batch dimension
        target.insert(target.end(), layer.shape.begin(), layer.shape.end());
        return add_input(node, ".shape", {static_cast<long long>(target.size())}, ::onnx::TensorProto::INT64,
                         target);
      }
      case Op::Softmax:
        return add_int(node, "axis", 1);
      case Op::Relu:
      case Op::Add:
      case Op::GlobalAveragePool:
        return;
    }
  }

  const graph::Network& network_;
  ::onnx::ModelProto model_;
  std::set<std::string> names_;
};

}  // namespace

std::string serialize(const graph::Network& network) {
  return Exporter(network).run();
}

}  // namespace phasecore::onnx
