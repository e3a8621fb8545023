#include "tests/sim/numerics/recurrent_networks.hpp"

#include <cmath>

#include "common/random.hpp"
#include "tests/sim/numerics/toy.hpp"

namespace phasecore::test {
namespace {

using graph::Recurrent;
using Function = Recurrent::Function;

graph::Tensor random_tensor(graph::Shape shape, double deviation, std::uint32_t layer) {
  common::RandomKey key;
  key.seed = 11;
  key.purpose = common::Purpose::RandomWeights;
  key.layer = layer;
  graph::Tensor tensor{std::move(shape), {}};
  tensor.values.resize(static_cast<std::size_t>(graph::volume(tensor.shape)));
  common::fill_normal(key, 0, 0, 0, tensor.values.size(), tensor.values.data());
  for (float& value : tensor.values) value *= static_cast<float>(deviation);
  return tensor;
}

Recurrent layer(Recurrent::Kind kind, int directions, int values, int hidden) {
  Recurrent op;
  op.kind = kind;
  op.reset_after_product = kind == Recurrent::Kind::Gru;
  const int rows = (kind == Recurrent::Kind::Lstm ? 4 : kind == Recurrent::Kind::Gru ? 3 : 1) * hidden;
  op.input_weights = random_tensor({directions, rows, values}, 1.5 / std::sqrt(values), 1);
  op.state_weights = random_tensor({directions, rows, hidden}, 1.0 / std::sqrt(hidden), 2);
  op.bias = random_tensor({directions, 2 * rows}, 0.3, 3);
  for (int direction = 0; direction < directions; ++direction) {
    if (kind != Recurrent::Kind::Rnn) op.functions.push_back(Function::Sigmoid);
    op.functions.push_back(Function::Tanh);
    if (kind == Recurrent::Kind::Lstm) op.functions.push_back(Function::Tanh);
  }
  return op;
}

}  // namespace

Recurrent lstm(int values, int hidden) {
  return layer(Recurrent::Kind::Lstm, 1, values, hidden);
}
Recurrent gru(int values, int hidden) {
  return layer(Recurrent::Kind::Gru, 1, values, hidden);
}
Recurrent rnn(int values, int hidden) {
  return layer(Recurrent::Kind::Rnn, 1, values, hidden);
}
Recurrent both_ways(int values, int hidden) {
  return layer(Recurrent::Kind::Lstm, 2, values, hidden);
}

graph::Network recurrent_network(const graph::Shape& sequence, std::vector<Recurrent> layers) {
  NetworkBuilder b("recurrent", sequence);
  int at = 0;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const std::string name = "layer" + std::to_string(i);
    const bool is_last = i + 1 == layers.size();
    Recurrent& op = layers[i];
    if (is_last && op.result == Recurrent::Result::Sequence) op.result = Recurrent::Result::State;
    const int width = op.directions() * op.hidden();
    at = b.put(name, std::move(op), {at});
    at = is_last ? b.op<graph::Flatten>(name + ".state", {at})
                 : b.put(name + ".steps", graph::Reshape({sequence[0], width}), {at});
  }
  return b.build(b.gemm("classifier", at, 10));
}

}  // namespace phasecore::test
