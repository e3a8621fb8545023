// Float reference inference: plain and exact in meaning, the yardstick for everything analog.
#pragma once

#include <vector>

#include "models/graph/network.hpp"

namespace phasecore::graph {

/// Activations of a batch: values[sample][feature] in C order of the layer's shape.
struct Batch {
  int samples = 0;
  Shape shape;
  std::vector<float> values;
};

/// Runs the network on a batch shaped like its input. Returns one batch per network output.
/// Bit-equal for every batch size. Throws InputError when the input's shape differs.
std::vector<Batch> infer(const Network& network, const Batch& input);

/// The same, but returns the output of every layer (index = layer). For calibration and for tests.
std::vector<Batch> infer_all(const Network& network, const Batch& input);

/// Patches of a convolution as columns. input: one sample {C,H,W}; out: rows C*kh*kw (channel-major, as ONNX weights
/// are laid out) x columns out_h*out_w, row-major. Padding is zero.
template <class T>
void im2col(const T* input, const Shape& in, const Window& window, int out_h, int out_w, T* out);

extern template void im2col<float>(const float*, const Shape&, const Window&, int, int, float*);

}  // namespace phasecore::graph
