#include "models/graph/ops/conv.hpp"

#include "models/graph/product.hpp"

namespace phasecore::graph {
namespace {

/// Is every place of the window one pixel, and every pixel one place?
bool reads_single_pixels(const Window& w) {
  return w.kernel_h == 1 && w.kernel_w == 1 && w.stride_h == 1 && w.stride_w == 1 && w.pad_top == 0 &&
         w.pad_left == 0 && w.pad_bottom == 0 && w.pad_right == 0;
}

}  // namespace

void Conv::check(Findings& findings) const {
  check_window(window, findings);
  if (window.ceil_mode || window.count_include_pad)
    findings.add("ceil_mode and count_include_pad are for pools only");
  check_weights(4, findings);
  if (groups < 1) findings.add("group " + std::to_string(groups) + " must be at least 1");
  if (!findings.ok()) return;
  const Shape& s = weights.shape;
  if (s[2] != window.kernel_h || s[3] != window.kernel_w)
    findings.add("kernel " + pair_text(window.kernel_h, window.kernel_w) +
                 " differs from its weights of shape " + to_string(s));
  if (s[0] % groups != 0)
    findings.add(std::to_string(s[0]) + " output channels do not divide into " + std::to_string(groups) +
                 " groups");
}

Shape Conv::infer_shape(const std::vector<Source>& sources, Findings& findings) const {
  if (!needs_image(sources[0], findings)) return {};
  const Shape& in = *sources[0].shape;
  const long long taken = static_cast<long long>(weights.shape[1]) * groups;
  if (taken == in[0]) return window_shape(window, outputs(), in, findings);
  findings.add("weights of shape " + to_string(weights.shape) + " in " + std::to_string(groups) +
               (groups == 1 ? " group take " : " groups take ") + std::to_string(taken) + " channels, '" +
               *sources[0].name + "' delivers " + std::to_string(in[0]) + " (" + to_string(in) + ")");
  return {};
}

long long Conv::macs(const Shape& out) const {
  return volume(weights.shape) * out[1] * out[2];
}

void Conv::run(const std::vector<Sample>& inputs, const Shape& shape, float* out, Scratch& scratch) const {
  const Shape& in = *inputs[0].shape;
  const int group_in = in[0] / groups;
  const int group_out = shape[0] / groups;
  const int out_h = shape[1], out_w = shape[2];
  const long long pixels = static_cast<long long>(out_h) * out_w;
  for (int o = 0; o < shape[0]; ++o) std::fill_n(out + o * pixels, pixels, bias_of(o));

  const Shape slice{group_in, in[1], in[2]};
  const long long depth = static_cast<long long>(group_in) * window.kernel_h * window.kernel_w;
  const bool plain = reads_single_pixels(window);  // the image is its own patches
  const int band = static_cast<int>(std::clamp<long long>(kPatchValues / (depth * out_w), 1, out_h));
  if (!plain) scratch.resize(static_cast<std::size_t>(depth * band * out_w));
  for (int group = 0; group < groups; ++group) {
    const ConstMap matrix(weights.values.data() + group * group_out * depth, group_out, depth,
                          Eigen::OuterStride<>(depth));
    for (int row = 0; row < out_h; row += band) {
      const int rows = std::min(band, out_h - row);
      const float* image = inputs[0].values + static_cast<long long>(group) * volume(slice);
      const long long columns = static_cast<long long>(rows) * out_w;
      if (!plain) {
        Window shifted = window;
        shifted.pad_top -= row * window.stride_h;  // the band's first row becomes row 0
        im2col(image, slice, shifted, rows, out_w, scratch.data());
      }
      accumulate(matrix,
                 plain ? ConstMap(image + static_cast<long long>(row) * out_w, depth, columns,
                                  Eigen::OuterStride<>(pixels))
                       : ConstMap(scratch.data(), depth, columns, Eigen::OuterStride<>(columns)),
                 Map(out + group * group_out * pixels + static_cast<long long>(row) * out_w, group_out,
                     columns, Eigen::OuterStride<>(pixels)));
    }
  }
}

}  // namespace phasecore::graph
