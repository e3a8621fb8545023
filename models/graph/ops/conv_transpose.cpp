#include "models/graph/ops/conv_transpose.hpp"

#include "models/graph/strides.hpp"

namespace phasecore::graph {
namespace {

/// Rows or columns of the output.
long long extent_behind(int in, const Axis& axis, int extra) {
  return static_cast<long long>(in - 1) * axis.stride +
         static_cast<long long>(axis.kernel - 1) * axis.dilation + 1 + extra - axis.before - axis.after;
}

/// An output plane of some height and width.
struct Canvas {
  float* values;
  int height, width;
};

/// Adds `value` times the kernel where the window lays it out for an input pixel.
void lay_out(float value, int row, int column, const Window& window, const float* kernel, const Canvas& out) {
  for (int ky = 0; ky < window.kernel_h; ++ky) {
    const int y = row * window.stride_h + ky * window.dilation_h - window.pad_top;
    if (y < 0 || y >= out.height) continue;
    for (int kx = 0; kx < window.kernel_w; ++kx) {
      const int x = column * window.stride_w + kx * window.dilation_w - window.pad_left;
      if (x < 0 || x >= out.width) continue;
      out.values[static_cast<long long>(y) * out.width + x] += value * kernel[ky * window.kernel_w + kx];
    }
  }
}

}  // namespace

void ConvTranspose::check(Findings& findings) const {
  check_window(window, findings);
  check_given_shape(weights.shape, findings);
  const Shape& s = weights.shape;
  if (s.size() != 4) return findings.add("weights of shape " + to_string(s) + " must have 4 dimensions");
  if (s[2] != window.kernel_h || s[3] != window.kernel_w)
    findings.add("kernel " + pair_text(window.kernel_h, window.kernel_w) +
                 " differs from its weights of shape " + to_string(s));
  if (groups < 1 || s[0] % groups != 0)
    findings.add(std::to_string(s[0]) + " input channels do not divide into " + std::to_string(groups) +
                 " groups");
  if (extra_h < 0 || extra_w < 0 || extra_h > kMaxWindow || extra_w > kMaxWindow)
    findings.add("output padding " + pair_text(extra_h, extra_w) + " must be 0 to " +
                 std::to_string(kMaxWindow));
  if (!findings.ok()) return;
  check_tensor("weights", weights, s, findings);
  const long long outputs = static_cast<long long>(s[1]) * groups;
  if (outputs > kMaxValues) return findings.add("has " + std::to_string(outputs) + " output channels");
  if (!bias.empty()) check_tensor("bias values", bias, {static_cast<int>(outputs)}, findings);
}

Shape ConvTranspose::infer_shape(const std::vector<Source>& sources, Findings& findings) const {
  if (!needs_image(sources[0], findings)) return {};
  const Shape& in = *sources[0].shape;
  if (in[0] != weights.shape[0]) {
    findings.add("weights of shape " + to_string(weights.shape) + " take " +
                 std::to_string(weights.shape[0]) + " channels, '" + *sources[0].name + "' delivers " +
                 std::to_string(in[0]) + " (" + to_string(in) + ")");
    return {};
  }
  const long long height = extent_behind(in[1], rows_of(window, in[1]), extra_h);
  const long long width = extent_behind(in[2], columns_of(window, in[2]), extra_w);
  if (height < 1 || width < 1) {
    findings.add("the output holds no values: its padding is larger than all that it lays out");
    return {};
  }
  return {weights.shape[1] * groups, extent_of(height), extent_of(width)};
}

long long ConvTranspose::macs(const Shape& out) const {
  return volume(weights.shape) * out[1] * out[2];
}

void ConvTranspose::run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
                        Scratch& /*scratch*/) const {
  const Shape& in = *inputs[0].shape;
  const int group_in = in[0] / groups, group_out = shape[0] / groups;
  const long long pixels = static_cast<long long>(shape[1]) * shape[2];
  const long long taps = window.kernel_h * window.kernel_w;
  for (int o = 0; o < shape[0]; ++o)
    std::fill_n(out + o * pixels, pixels, bias.empty() ? 0.0f : bias.values[o]);
  for (int c = 0; c < in[0]; ++c)
    for (int o = 0; o < group_out; ++o) {
      const float* kernel = weights.values.data() + (static_cast<long long>(c) * group_out + o) * taps;
      const float* x = inputs[0].values + static_cast<long long>(c) * in[1] * in[2];
      const Canvas plane{out + (static_cast<long long>(c / group_in) * group_out + o) * pixels, shape[1],
                         shape[2]};
      for (int row = 0; row < in[1]; ++row)
        for (int column = 0; column < in[2]; ++column, ++x) lay_out(*x, row, column, window, kernel, plane);
    }
}

std::vector<NamedTensor<Tensor>> ConvTranspose::own_tensors() {
  return {{"weight", &weights, Start::HeNormal, true}, {"bias", &bias, Start::Zeros, true}};
}

}  // namespace phasecore::graph
