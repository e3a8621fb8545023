// A small network, data and chips for tests of accuracy.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "models/data/dataset.hpp"
#include "models/graph/network.hpp"
#include "models/graph/ops/activation.hpp"
#include "models/graph/ops/add.hpp"
#include "models/graph/ops/global_average_pool.hpp"
#include "models/graph/ops/reshape.hpp"
#include "models/graph/window.hpp"
#include "sim/config/chip.hpp"
#include "sim/config/device.hpp"

namespace phasecore::test {

/// Builds networks with keyed random weights (He scaling), layer by layer. Every method returns the index of
/// the new layer.
class NetworkBuilder {
 public:
  NetworkBuilder(std::string name, graph::Shape input);
  int conv(const std::string& name, int input, int outputs, int kernel, int stride = 1, int groups = 1);
  int conv(const std::string& name, int input, int outputs, const graph::Window& window, int groups = 1);
  int gemm(const std::string& name, int input, int outputs);
  template <class T>
  int op(const std::string& name, std::vector<int> inputs) {
    return put(name, T(), std::move(inputs));
  }
  template <class T>
  int put(const std::string& name, T op, std::vector<int> inputs) {
    return add(graph::Layer(name, std::move(op), std::move(inputs)));
  }
  int max_pool(const std::string& name, int input, int kernel, int stride);
  const graph::Shape& shape(int layer) const { return shapes_[layer]; }
  graph::Network build(int output);

 private:
  int add(graph::Layer layer);

  graph::Network network_;
  std::vector<graph::Shape> shapes_;
};

/// Residual block, strided shortcut, max pool, depthwise convolution, a layer that needs several hops on
/// small crossbars, a Gemm that reads an image: 2 x 12 x 12 -> 10 classes.
graph::Network toy_network();

/// Random smooth images; labels: the network's own answers, images near a decision boundary left out.
data::Dataset toy_data(const graph::Network& network, int images, std::uint64_t seed);

/// hermes-mesh with 10 x 10 crossbars of `side` x `side`.
config::Chip toy_chip(int side);
/// Makes a chip's numbers so fine that what is left is INT8 rounding of activations: 20-bit converters that
/// never saturate, fine conductance grid, no output noise.
void idealise(config::Chip& chip);
/// Devices that keep exactly what they are given.
config::Device perfect_device();

}  // namespace phasecore::test
