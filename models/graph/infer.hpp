// Float reference inference: plain and exact in meaning, the yardstick for everything analog.
#pragma once

#include <algorithm>
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

/// Patches of a convolution as columns. input: one sample {C,H,W}; out: rows C*kh*kw (channel-major, as ONNX
/// weights are laid out) x columns out_h*out_w, row-major. Padding is zero. A negative pad_top starts further
/// down in the image.
template <class T>
void im2col(const T* input, const Shape& in, const Window& window, int out_h, int out_w, T* out) {
  const Window& w = window;
  for (int c = 0; c < in[0]; ++c)
    for (int ky = 0; ky < w.kernel_h; ++ky)
      for (int kx = 0; kx < w.kernel_w; ++kx)
        for (int oy = 0; oy < out_h; ++oy, out += out_w) {
          const int y = oy * w.stride_h - w.pad_top + ky * w.dilation_h;
          const int x0 = kx * w.dilation_w - w.pad_left;
          if (y < 0 || y >= in[1]) {
            std::fill_n(out, out_w, T(0));
            continue;
          }
          const T* row = input + (static_cast<long long>(c) * in[1] + y) * in[2];
          // Columns [begin, end) read the image, those around them the padding.
          const int begin = x0 >= 0 ? 0 : std::min(out_w, (-x0 + w.stride_w - 1) / w.stride_w);
          const int end =
              x0 >= in[2] ? begin : std::clamp((in[2] - x0 + w.stride_w - 1) / w.stride_w, begin, out_w);
          std::fill(out, out + begin, T(0));
          if (w.stride_w == 1) {
            if (end > begin) std::copy_n(row + x0 + begin, end - begin, out + begin);
          } else {
            for (int ox = begin; ox < end; ++ox) out[ox] = row[ox * w.stride_w + x0];
          }
          std::fill(out + end, out + out_w, T(0));
        }
}

extern template void im2col<float>(const float*, const Shape&, const Window&, int, int, float*);

}  // namespace phasecore::graph
