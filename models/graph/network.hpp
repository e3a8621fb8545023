// A network: typed layers in topological order, shapes inferred and checked once, when it is built.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/diagnostics.hpp"

namespace phasecore::graph {

/// Dimensions of one sample, without the batch: {C, H, W} for images, {F} for vectors.
using Shape = std::vector<int>;

/// Number of values in a shape.
long long volume(const Shape& shape);
std::string to_string(const Shape& shape);  ///< "16x28x28"

/// Dense values in C order.
struct Tensor {
  Shape shape;
  std::vector<float> values;
  bool empty() const { return values.empty(); }
};

enum class Op {
  Input,
  Conv,
  Gemm,  ///< also MatMul with a constant right side
  BatchNorm,
  Relu,
  Clip,
  Add,
  MaxPool,
  AveragePool,
  GlobalAveragePool,
  Flatten,
  Reshape,
  Softmax,
};
const char* name_of(Op op);

/// Sliding window of a convolution or pool, in pixels.
struct Window {
  int kernel_h = 1, kernel_w = 1;
  int stride_h = 1, stride_w = 1;
  int pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
  int dilation_h = 1, dilation_w = 1;
  bool ceil_mode = false;          ///< pools: round the output size up
  bool count_include_pad = false;  ///< AveragePool: padding counts in the divisor
};

struct Layer {
  std::string name;  ///< unique in the network
  Op op = Op::Input;
  std::vector<int> inputs;           ///< indices of earlier layers
  Shape shape;                       ///< of the output; given for Input, else filled in by build()
  Window window;                     ///< Conv, MaxPool, AveragePool
  int groups = 1;                    ///< Conv
  Tensor weights;                    ///< Conv {C_out, C_in/groups, kh, kw}; Gemm {out, in}
  Tensor bias;                       ///< Conv, Gemm: {out}, may be empty; BatchNorm: offset {C}
  Tensor scale, mean, variance;      ///< BatchNorm {C}
  float epsilon = 1e-5f;             ///< BatchNorm
  float clip_min = 0, clip_max = 0;  ///< Clip
  common::Location where;            ///< for messages: the file, and in it the node
};

struct Network {
  std::string name;
  std::vector<Layer> layers;  ///< topological order; layers[0] is the only Input
  std::vector<int> outputs;   ///< indices of the output layers
  /// Largest |value| of a layer's *output* that an INT8 code has to represent, by layer name (DESIGN: static
  /// ranges).
  std::map<std::string, double> ranges;
  /// Free texts by their whole key, such as "phasecore.recipe" (the training settings).
  std::map<std::string, std::string> metadata;

  const Layer& input() const { return layers.front(); }
  /// Index of the layer called `name`, -1 if there is none.
  int find(const std::string& name) const;
  /// For each layer the layers that read it.
  std::vector<std::vector<int>> consumers() const;
};

/// Checks a network (order, arities, attributes, weight shapes, NaN, zero sizes) and fills in every shape.
/// All problems are reported at once: throws InputError. The returned network can be trusted.
Network build(Network draft);

/// The same network with every BatchNorm folded into the convolution or Gemm before it (and Identity-like
/// layers gone). A BatchNorm with no such layer before it, or one whose producer has other readers, becomes a
/// depthwise 1x1 Conv.
Network fold_batch_norm(const Network& network);

/// Multiply-accumulates of one sample in one layer (Conv, Gemm; 0 for others).
long long macs(const Network& network, int layer);
/// Trainable values: convolution, Gemm weights and biases, batch-norm scale and offset.
long long parameters(const Network& network);

}  // namespace phasecore::graph
