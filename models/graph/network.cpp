#include "models/graph/network.hpp"

#include <algorithm>
#include <atomic>

#include "models/graph/ops/attention.hpp"
#include "models/graph/ops/input.hpp"
#include "models/graph/ops/recurrent.hpp"

namespace phasecore::graph {

Layer::Layer() {
  static const auto unshaped = std::make_shared<Input>();  // one for all: nobody edits it while it is shared
  op_ = unshaped;
}

Operator& Layer::edit_op() {
  if (op_.use_count() > 1) {
    op_ = op_->clone();
  } else {
    // Whoever shared it last may have read it in another thread; its release comes before our changes.
    std::atomic_thread_fence(std::memory_order_acquire);
  }
  return *op_;
}

int Network::find(const std::string& name) const {
  for (std::size_t i = 0; i < layers.size(); ++i)
    if (layers[i].name == name) return static_cast<int>(i);
  return -1;
}

int Network::inputs() const {
  const auto others =
      std::find_if(layers.begin(), layers.end(), [](const Layer& l) { return !l.is<Input>(); });
  return static_cast<int>(others - layers.begin());
}

void require_one_input(const Network& network, const std::string& who) {
  if (network.inputs() == 1) return;
  std::string names;
  for (int i = 0; i < network.inputs(); ++i) names += (i == 0 ? "'" : ", '") + network.layers[i].name + "'";
  throw common::InputError("network '" + network.name + "' has " + std::to_string(network.inputs()) +
                           " inputs (" + names + "); " + who + " takes exactly one");
}

std::vector<std::vector<int>> Network::consumers() const {
  std::vector<std::vector<int>> readers(layers.size());
  for (std::size_t i = 0; i < layers.size(); ++i)
    for (int input : layers[i].inputs) {
      auto& list = readers[input];
      // x + x reads x twice but is one reader.
      if (list.empty() || list.back() != static_cast<int>(i)) list.push_back(static_cast<int>(i));
    }
  return readers;
}

long long macs(const Network& network, int layer) {
  const Layer& l = network.layers.at(layer);
  // A last state does not say after how many steps it was: the sequence does.
  if (const auto* recurrent = l.as<Recurrent>())
    return network.layers.at(l.inputs.at(0)).shape.at(0) * recurrent->macs_per_step();
  // The products of attention have sizes that its result does not show.
  if (const auto* attention = l.as<Attention>()) {
    const Shape &queries = network.layers.at(l.inputs.at(0)).shape,
                &values = network.layers.at(l.inputs.at(2)).shape;
    return attention->multiply_adds({queries, values});
  }
  return l.op().macs(l.shape);
}

long long parameters(const Network& network) {
  long long count = 0;
  for (const Layer& layer : network.layers)
    for (const auto& tensor : layer.op().tensors())
      if (tensor.trained) count += static_cast<long long>(tensor.values->values.size());
  return count;
}

}  // namespace phasecore::graph
