#include "models/graph/network.hpp"

namespace phasecore::graph {

long long volume(const Shape& shape) {
  long long product = 1;
  for (int extent : shape) product *= extent;
  return product;
}

std::string to_string(const Shape& shape) {
  std::string text;
  for (int extent : shape) text += (text.empty() ? "" : "x") + std::to_string(extent);
  return text.empty() ? "scalar" : text;
}

const char* name_of(Op op) {
  switch (op) {
    case Op::Input:
      return "Input";
    case Op::Conv:
      return "Conv";
    case Op::Gemm:
      return "Gemm";
    case Op::BatchNorm:
      return "BatchNormalization";
    case Op::Relu:
      return "Relu";
    case Op::Clip:
      return "Clip";
    case Op::Add:
      return "Add";
    case Op::MaxPool:
      return "MaxPool";
    case Op::AveragePool:
      return "AveragePool";
    case Op::GlobalAveragePool:
      return "GlobalAveragePool";
    case Op::Flatten:
      return "Flatten";
    case Op::Reshape:
      return "Reshape";
    case Op::Softmax:
      return "Softmax";
  }
  throw common::InternalError("graph: an operator without a name");
}

int Network::find(const std::string& name) const {
  for (std::size_t i = 0; i < layers.size(); ++i)
    if (layers[i].name == name) return static_cast<int>(i);
  return -1;
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
  if (l.op == Op::Gemm) return volume(l.weights.shape);
  if (l.op == Op::Conv) return volume(l.weights.shape) * l.shape[1] * l.shape[2];
  return 0;
}

long long parameters(const Network& network) {
  long long count = 0;
  for (const Layer& l : network.layers) {
    if (l.op == Op::Conv || l.op == Op::Gemm) count += static_cast<long long>(l.weights.values.size());
    if (l.op == Op::BatchNorm) count += static_cast<long long>(l.scale.values.size());
    count += static_cast<long long>(l.bias.values.size());
  }
  return count;
}

}  // namespace phasecore::graph
