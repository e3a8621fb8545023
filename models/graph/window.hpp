// Sliding windows of convolutions and pools: sizes, checks, and the pixels that they read.
#pragma once

#include <algorithm>
#include <vector>

#include "models/graph/operator.hpp"

namespace phasecore::graph {

/// Largest kernel, stride, dilation or padding, in pixels; keeps every index computation far from overflow.
inline constexpr int kMaxWindow = 1 << 14;

/// Sliding window of a convolution or pool, in pixels.
struct Window {
  int kernel_h = 1, kernel_w = 1;
  int stride_h = 1, stride_w = 1;
  int pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
  int dilation_h = 1, dilation_w = 1;
  bool ceil_mode = false;          ///< pools: round the output size up
  bool count_include_pad = false;  ///< AveragePool: padding counts in the divisor
};

/// What one place of a window sees along one dimension.
struct Taps {
  int start;       ///< pixel of tap 0; may lie in the padding
  int begin, end;  ///< taps in the image, [begin, end); none: begin >= end
  int padded;      ///< taps in the image or in its padding
  int count() const { return std::max(0, end - begin); }
};

/// A window along one dimension of an image.
struct Axis {
  int kernel, stride, dilation, before, after, extent;

  /// Place `index` of the output.
  Taps taps(int index) const {
    const int start = index * stride - before;
    const auto reached = [&](int pixel) {  // taps before `pixel`
      return pixel <= start ? 0 : std::min(kernel, (pixel - start + dilation - 1) / dilation);
    };
    return {start, reached(0), reached(extent), reached(extent + after)};
  }
  int pixel(const Taps& taps, int tap) const { return taps.start + tap * dilation; }
};

inline Axis rows_of(const Window& w, int height) {
  return {w.kernel_h, w.stride_h, w.dilation_h, w.pad_top, w.pad_bottom, height};
}
inline Axis columns_of(const Window& w, int width) {
  return {w.kernel_w, w.stride_w, w.dilation_w, w.pad_left, w.pad_right, width};
}

/// `kernel` x `kernel` pixels without padding.
Window square_window(int kernel, int stride);
/// The same with padding that keeps the size at stride 1; with an even kernel the extra pixel goes to bottom
/// and right.
Window centred_window(int kernel, int stride);

/// "3x1".
std::string pair_text(int h, int w);

void check_window(const Window& window, Findings& findings);

/// {channels, height, width} behind a window that slides over an image; empty, with a finding, where the
/// kernel does not fit.
Shape window_shape(const Window& window, int channels, const Shape& in, Findings& findings);

/// Does every window that makes `out` hold at least one pixel of the image?
bool every_window_sees_a_pixel(const Window& window, const Shape& in, const Shape& out);

/// First and last pixel of an image, counted row by row, that one place of a window reads; first > last: it
/// sees padding only.
struct PixelSpan {
  int first = 0, last = -1;
};
/// Those of all places of the window that make `out`, row by row.
std::vector<PixelSpan> pixel_spans(const Window& window, const Shape& in, const Shape& out);

/// If the pixels arrive row by row: does each complete at most one window, and the windows in their order?
/// Not where padding or ceil_mode makes two windows end at the same pixel.
bool completes_in_order(const std::vector<PixelSpan>& windows);

/// One channel of an image, row by row.
template <class T>
struct Plane {
  const T* values = nullptr;
  int height = 0, width = 0;
};
/// A place in a window's kernel.
struct Tap {
  int y = 0, x = 0;
};

/// The values that one tap of a window reads of a plane, for all out_h x out_w output pixels. Padding is
/// zero. A negative pad_top starts further down in the image.
template <class T>
void read_tap(const Plane<T>& plane, const Window& w, Tap tap, int out_h, int out_w, T* out) {
  const int height = plane.height, width = plane.width;
  // Output columns [begin, end) read the plane, those around them the padding; rows likewise.
  const int x0 = tap.x * w.dilation_w - w.pad_left, y0 = tap.y * w.dilation_h - w.pad_top;
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
  const T* from = plane.values + static_cast<long long>(top * w.stride_h + y0) * width + x0;
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
        read_tap(Plane<T>{input, in[1], in[2]}, window, {ky, kx}, out_h, out_w, out);
}

extern template void im2col<float>(const float*, const Shape&, const Window&, int, int, float*);

}  // namespace phasecore::graph
