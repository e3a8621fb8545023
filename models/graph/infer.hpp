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

/// The same network with the mean and variance of every BatchNorm set to those of its own input over the
/// images (as training would measure them over one large batch). Throws InputError when the images' shape
/// differs.
Network with_statistics_of(Network network, const Batch& images);

/// The values that one tap (ky, kx) of a window reads of one {height, width} plane, for all out_h x out_w
/// output pixels. Padding is zero. A negative pad_top starts further down in the image.
template <class T>
void read_tap(const T* plane, int height, int width, const Window& w, int ky, int kx, int out_h, int out_w,
              T* out) {
  // Output columns [begin, end) read the plane, those around them the padding; rows likewise.
  const int x0 = kx * w.dilation_w - w.pad_left, y0 = ky * w.dilation_h - w.pad_top;
  const auto first_inside = [](int start, int stride, int last) {
    return start >= 0 ? 0 : std::min(last, (-start + stride - 1) / stride);
  };
  const auto end_inside = [](int start, int stride, int extent, int begin, int last) {
    return start >= extent ? begin : std::clamp((extent - start + stride - 1) / stride, begin, last);
  };
  const int begin = first_inside(x0, w.stride_w, out_w);
  const int end = end_inside(x0, w.stride_w, width, begin, out_w);
  const int top = first_inside(y0, w.stride_h, out_h);
  const int bottom = end_inside(y0, w.stride_h, height, top, out_h);
  std::fill_n(out, static_cast<long long>(top) * out_w, T(0));
  std::fill_n(out + static_cast<long long>(bottom) * out_w, static_cast<long long>(out_h - bottom) * out_w,
              T(0));
  if (begin >= end) {
    std::fill(out + static_cast<long long>(top) * out_w, out + static_cast<long long>(bottom) * out_w, T(0));
    return;
  }
  const T* from = plane + static_cast<long long>(top * w.stride_h + y0) * width + x0;
  T* to = out + static_cast<long long>(top) * out_w;
  const int rows = bottom - top;
  if (w.stride_w == 1 && w.stride_h == 1 && out_w == width && rows > 0) {
    // One run of memory; what it brings from neighbouring rows is padding, overwritten below.
    std::copy_n(from + begin, static_cast<long long>(rows - 1) * width + end - begin, to + begin);
  } else {
    for (int y = 0; y < rows; ++y) {
      const T* row = from + static_cast<long long>(y) * w.stride_h * width;
      for (int ox = begin; ox < end; ++ox) to[static_cast<long long>(y) * out_w + ox] = row[ox * w.stride_w];
    }
  }
  for (int y = 0; y < rows; ++y, to += out_w) {
    for (int ox = 0; ox < begin; ++ox) to[ox] = T(0);
    for (int ox = end; ox < out_w; ++ox) to[ox] = T(0);
  }
}

/// Patches of a convolution as columns. input: one sample {C,H,W}; out: rows C*kh*kw (channel-major, as ONNX
/// weights are laid out) x columns out_h*out_w, row-major; see read_tap().
template <class T>
void im2col(const T* input, const Shape& in, const Window& window, int out_h, int out_w, T* out) {
  const long long pixels = static_cast<long long>(out_h) * out_w;
  for (int c = 0; c < in[0]; ++c, input += static_cast<long long>(in[1]) * in[2])
    for (int ky = 0; ky < window.kernel_h; ++ky)
      for (int kx = 0; kx < window.kernel_w; ++kx, out += pixels)
        read_tap(input, in[1], in[2], window, ky, kx, out_h, out_w, out);
}

extern template void im2col<float>(const float*, const Shape&, const Window&, int, int, float*);

}  // namespace phasecore::graph
