#include "models/graph/ops/pointwise.hpp"

#include "models/onnx/node_reader.hpp"
#include "models/onnx/node_writer.hpp"
#include "models/onnx/operators.hpp"

namespace phasecore::onnx {
namespace {

/// Its attributes are read by `read_attributes(function, attributes)`.
template <class T, class ReadAttributes>
void read_as(NodeReader& reader, ReadAttributes read_attributes) {
  reader.expect_inputs(1, 1);
  const Operand x = reader.pointwise_operand(0);
  T function;
  read_attributes(function, reader.attributes());
  reader.emit_like(x, std::move(function));
}

/// Functions without parameters, which ONNX knows since opset `since`.
template <class T>
void add_plain(Registry& registry, int since = 13) {
  registry.reads(T::kName, [](NodeReader& reader) { read_as<T>(reader, [](T&, Attributes&) {}); });
  registry.writes<T>([since](const T&, NodeWriter& writer) { writer.require_opset(since); });
}

template <class T>
void read_with_alpha(NodeReader& reader) {
  read_as<T>(reader, [](T& f, Attributes& from) { f.alpha = from.real("alpha", f.alpha); });
}

/// Functions whose one parameter is called alpha.
template <class T>
void add_with_alpha(Registry& registry) {
  registry.reads(T().name(), read_with_alpha<T>);
  registry.writes<T>([](const T& f, NodeWriter& writer) { writer.real("alpha", f.alpha); });
}

void read_selu(NodeReader& reader) {
  read_as<graph::Selu>(reader, [](graph::Selu& f, Attributes& from) {
    f.alpha = from.real("alpha", f.alpha);
    f.gamma = from.real("gamma", f.gamma);
  });
}

/// As exporters write it: one operator since opset 24 only, which few programs read.
void write_swish(const graph::Swish& f, NodeWriter& writer) {
  if (f.alpha == 1) {
    writer.type("Mul");
    return writer.input_through("Sigmoid", ".sigmoid");
  }
  writer.require_opset(24);
  writer.real("alpha", f.alpha);
}

void write_selu(const graph::Selu& f, NodeWriter& writer) {
  writer.real("alpha", f.alpha);
  writer.real("gamma", f.gamma);
}

void read_hard_sigmoid(NodeReader& reader) {
  read_as<graph::HardSigmoid>(reader, [](graph::HardSigmoid& f, Attributes& from) {
    f.alpha = from.real("alpha", f.alpha);
    f.beta = from.real("beta", f.beta);
  });
}

void write_hard_sigmoid(const graph::HardSigmoid& f, NodeWriter& writer) {
  writer.real("alpha", f.alpha);
  writer.real("beta", f.beta);
}

void read_gelu(NodeReader& reader) {
  read_as<graph::Gelu>(reader, [&](graph::Gelu& f, Attributes& from) {
    const std::string rule = from.text("approximate", "none");
    f.by_tanh = rule == "tanh";
    if (rule != "tanh" && rule != "none")
      reader.problem("attribute 'approximate' is '" + rule + "'; must be none or tanh");
  });
}

void write_gelu(const graph::Gelu& f, NodeWriter& writer) {
  writer.require_opset(20);
  writer.text("approximate", f.by_tanh ? "tanh" : "none");
}

}  // namespace

void register_pointwise(Registry& registry) {
  add_plain<graph::Sigmoid>(registry);
  add_plain<graph::Tanh>(registry);
  add_plain<graph::Erf>(registry);
  add_plain<graph::HardSwish>(registry, 14);
  add_plain<graph::Softplus>(registry);
  add_plain<graph::Softsign>(registry);
  add_plain<graph::Mish>(registry, 18);
  add_plain<graph::Abs>(registry);
  add_plain<graph::Neg>(registry);
  add_plain<graph::Exp>(registry);
  add_plain<graph::Log>(registry);
  add_plain<graph::Sqrt>(registry);
  add_plain<graph::Reciprocal>(registry);
  add_plain<graph::Sin>(registry);
  add_plain<graph::Cos>(registry);
  add_plain<graph::Floor>(registry);
  add_plain<graph::Ceil>(registry);
  add_plain<graph::Round>(registry);
  add_plain<graph::Sign>(registry);
  add_with_alpha<graph::LeakyRelu>(registry);
  add_with_alpha<graph::Elu>(registry);
  add_with_alpha<graph::Celu>(registry);
  add_with_alpha<graph::ThresholdedRelu>(registry);
  registry.reads("Swish", read_with_alpha<graph::Swish>);
  registry.writes<graph::Swish>(write_swish);
  registry.reads("Selu", read_selu);
  registry.writes<graph::Selu>(write_selu);
  registry.reads("HardSigmoid", read_hard_sigmoid);
  registry.writes<graph::HardSigmoid>(write_hard_sigmoid);
  registry.reads("Gelu", read_gelu);
  registry.writes<graph::Gelu>(write_gelu);
}

}  // namespace phasecore::onnx
