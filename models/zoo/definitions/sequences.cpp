#include "models/graph/ops/recurrent.hpp"
#include "models/zoo/definitions/builder.hpp"
#include "models/zoo/definitions/networks.hpp"

namespace phasecore::zoo {
namespace {

using graph::Recurrent;

/// An LSTM layer of `hidden` cells that delivers its last state.
int lstm(Builder& b, const std::string& name, int from, int hidden) {
  const graph::Shape& in = b.sequence(from);
  const int values = in[1];
  Recurrent op;
  op.result = Recurrent::Result::State;
  const auto tensor = [](graph::Shape shape) {
    const auto size = static_cast<std::size_t>(graph::volume(shape));
    return graph::Tensor{std::move(shape), std::vector<float>(size, 0.0f)};
  };
  op.input_weights = tensor({1, 4 * hidden, values});
  op.state_weights = tensor({1, 4 * hidden, hidden});
  op.bias = tensor({1, 8 * hidden});
  op.functions = {Recurrent::Function::Sigmoid, Recurrent::Function::Tanh, Recurrent::Function::Tanh};
  return b.flatten(name + ".state", b.append(name, std::move(op), {from}));
}

graph::Network with_classifier(const std::string& name, const Task& published, const Task& task) {
  constexpr int kCells = 504;
  Builder b(name, published, task, Padding::Symmetric);
  b.gemm("classifier", lstm(b, "lstm", b.input(), kCells), b.classes());
  return b.build();
}

}  // namespace

graph::Network lstm504(const Task& task) {
  Builder b("lstm504", {{1, 504}, 504}, task, Padding::Symmetric);
  lstm(b, "lstm", b.input(), b.classes());
  return b.build();
}

graph::Network lstm_ptb(const Task& task) {
  return with_classifier("lstm-ptb", {{32, 128}, 50}, task);
}

graph::Network lstm_captioning(const Task& task) {
  return with_classifier("lstm-captioning", {{16, 504}, 4064}, task);
}

}  // namespace phasecore::zoo
