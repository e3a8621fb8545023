#include "models/graph/window.hpp"

namespace phasecore::graph {

template void im2col<float>(const float*, const Shape&, const Window&, int, int, float*);

namespace {

void check_at_least(const char* what, int h, int w, int least, Findings& findings) {
  if (h < least || w < least)
    findings.add(std::string(what) + " " + pair_text(h, w) + " must be at least " + pair_text(least, least));
  else if (h > kMaxWindow || w > kMaxWindow)
    findings.add(std::string(what) + " " + pair_text(h, w) + " must be at most " +
                 pair_text(kMaxWindow, kMaxWindow));
}

/// Output size along one dimension. Windows that would start in the padding behind the image are dropped
/// when rounding up (ONNX operator text since opset 22; PyTorch does the same).
long long extent_of(int in, int kernel, int stride, int dilation, int before, int after, bool ceil_mode) {
  const long long span = static_cast<long long>(kernel - 1) * dilation + 1;
  const long long room = static_cast<long long>(in) + before + after - span;
  if (room < 0) return 0;
  long long out = (room + (ceil_mode ? stride - 1 : 0)) / stride + 1;
  if (ceil_mode && (out - 1) * stride >= static_cast<long long>(in) + before) --out;
  return out;
}

bool windows_see_a_pixel(const Axis& axis, int out) {
  for (int o = 0; o < out; ++o)
    if (axis.taps(o).count() == 0) return false;
  return true;
}

/// Pixels along one axis that a window touches: first > last when it sees padding only.
PixelSpan touched(const Axis& axis, int index) {
  const Taps taps = axis.taps(index);
  if (taps.count() == 0) return {};
  return {axis.pixel(taps, taps.begin), axis.pixel(taps, taps.end - 1)};
}

}  // namespace

Window square_window(int kernel, int stride) {
  Window w;
  w.kernel_h = w.kernel_w = kernel;
  w.stride_h = w.stride_w = stride;
  return w;
}

Window centred_window(int kernel, int stride) {
  Window w = square_window(kernel, stride);
  w.pad_top = w.pad_left = (kernel - 1) / 2;
  w.pad_bottom = w.pad_right = kernel / 2;
  return w;
}

std::string pair_text(int h, int w) {
  return std::to_string(h) + "x" + std::to_string(w);
}

void check_window(const Window& w, Findings& findings) {
  check_at_least("kernel", w.kernel_h, w.kernel_w, 1, findings);
  check_at_least("stride", w.stride_h, w.stride_w, 1, findings);
  check_at_least("dilation", w.dilation_h, w.dilation_w, 1, findings);
  check_at_least("padding at top and left", w.pad_top, w.pad_left, 0, findings);
  check_at_least("padding at bottom and right", w.pad_bottom, w.pad_right, 0, findings);
}

Shape window_shape(const Window& w, int channels, const Shape& in, Findings& findings) {
  const long long height =
      extent_of(in[1], w.kernel_h, w.stride_h, w.dilation_h, w.pad_top, w.pad_bottom, w.ceil_mode);
  const long long width =
      extent_of(in[2], w.kernel_w, w.stride_w, w.dilation_w, w.pad_left, w.pad_right, w.ceil_mode);
  if (height >= 1 && width >= 1) return {channels, static_cast<int>(height), static_cast<int>(width)};
  findings.add("the output holds no values: a " + pair_text(w.kernel_h, w.kernel_w) +
               " kernel does not fit its " + to_string(in) + " input");
  return {};
}

bool every_window_sees_a_pixel(const Window& w, const Shape& in, const Shape& out) {
  return windows_see_a_pixel(rows_of(w, in[1]), out[1]) && windows_see_a_pixel(columns_of(w, in[2]), out[2]);
}

std::vector<PixelSpan> pixel_spans(const Window& w, const Shape& in, const Shape& out) {
  const int width = in[2];
  const Axis y_axis = rows_of(w, in[1]), x_axis = columns_of(w, width);
  std::vector<PixelSpan> spans;
  spans.reserve(static_cast<std::size_t>(out[1]) * out[2]);
  for (int y = 0; y < out[1]; ++y) {
    const PixelSpan rows = touched(y_axis, y);
    for (int x = 0; x < out[2]; ++x) {
      const PixelSpan columns = touched(x_axis, x);
      const bool none = rows.first > rows.last || columns.first > columns.last;
      spans.push_back(none ? PixelSpan{}
                           : PixelSpan{rows.first * width + columns.first, rows.last * width + columns.last});
    }
  }
  return spans;
}

bool completes_in_order(const std::vector<PixelSpan>& windows) {
  int previous = -1;
  for (const PixelSpan& window : windows) {
    if (window.last <= previous) return false;
    previous = window.last;
  }
  return true;
}

}  // namespace phasecore::graph
