#include "models/graph/layer_run.hpp"

#include <algorithm>
#include <cmath>

#include "models/graph/infer.hpp"
#include "models/graph/product.hpp"

namespace phasecore::graph {

namespace {

void convolve(const Layer& layer, const Shape& in, const float* input, std::vector<float>& patches,
              float* out) {
  const int group_in = in[0] / layer.groups;
  const int group_out = layer.shape[0] / layer.groups;
  const int out_h = layer.shape[1], out_w = layer.shape[2];
  const long long pixels = static_cast<long long>(out_h) * out_w;
  for (int o = 0; o < layer.shape[0]; ++o)
    std::fill_n(out + o * pixels, pixels, layer.bias.empty() ? 0.0f : layer.bias.values[o]);

  const Shape slice{group_in, in[1], in[2]};
  const long long depth = static_cast<long long>(group_in) * layer.window.kernel_h * layer.window.kernel_w;
  const int band = static_cast<int>(std::clamp<long long>(kPatchValues / (depth * out_w), 1, out_h));
  patches.resize(static_cast<std::size_t>(depth * band * out_w));
  for (int group = 0; group < layer.groups; ++group) {
    const ConstMap weights(layer.weights.values.data() + group * group_out * depth, group_out, depth,
                           Eigen::OuterStride<>(depth));
    for (int row = 0; row < out_h; row += band) {
      const int rows = std::min(band, out_h - row);
      Window window = layer.window;
      window.pad_top -= row * window.stride_h;  // the band's first row becomes row 0
      im2col(input + static_cast<long long>(group) * volume(slice), slice, window, rows, out_w,
             patches.data());
      const long long columns = static_cast<long long>(rows) * out_w;
      accumulate(weights, ConstMap(patches.data(), depth, columns, Eigen::OuterStride<>(columns)),
                 Map(out + group * group_out * pixels + static_cast<long long>(row) * out_w, group_out,
                     columns, Eigen::OuterStride<>(pixels)));
    }
  }
}

void multiply(const Layer& layer, const float* input, float* out) {
  const int outputs = layer.weights.shape[0], inputs = layer.weights.shape[1];
  for (int o = 0; o < outputs; ++o) out[o] = layer.bias.empty() ? 0.0f : layer.bias.values[o];
  accumulate(ConstMap(layer.weights.values.data(), outputs, inputs, Eigen::OuterStride<>(inputs)),
             ConstMap(input, inputs, 1, Eigen::OuterStride<>(1)),
             Map(out, outputs, 1, Eigen::OuterStride<>(1)));
}

void normalise(const Layer& layer, const float* input, float* out) {
  const long long per_channel = volume(layer.shape) / layer.shape[0];
  for (int c = 0; c < layer.shape[0]; ++c) {
    const double factor = layer.scale.values[c] / std::sqrt(static_cast<double>(layer.variance.values[c]) +
                                                            static_cast<double>(layer.epsilon));
    const double offset = layer.bias.values[c] - factor * layer.mean.values[c];
    for (long long i = c * per_channel; i < (c + 1) * per_channel; ++i)
      out[i] = static_cast<float>(input[i] * factor + offset);
  }
}

/// First and last + 1 tap of a window along one dimension that lie in the image, and its taps in the padded
/// image.
struct Taps {
  int begin, end, padded;
};

Taps taps_of(int start, int kernel, int dilation, int extent, int after) {
  Taps taps{kernel, 0, 0};
  for (int k = 0; k < kernel; ++k) {
    const int at = start + k * dilation;
    if (at >= 0 && at < extent) {
      taps.begin = std::min(taps.begin, k);
      taps.end = k + 1;
    }
    if (at < extent + after) ++taps.padded;
  }
  return taps;
}

void pool(const Layer& layer, const Shape& in, const float* input, float* out) {
  const Window& w = layer.window;
  const int out_h = layer.shape[1], out_w = layer.shape[2];
  for (int oy = 0; oy < out_h; ++oy) {
    const int y0 = oy * w.stride_h - w.pad_top;
    const Taps rows = taps_of(y0, w.kernel_h, w.dilation_h, in[1], w.pad_bottom);
    for (int ox = 0; ox < out_w; ++ox) {
      const int x0 = ox * w.stride_w - w.pad_left;
      const Taps columns = taps_of(x0, w.kernel_w, w.dilation_w, in[2], w.pad_right);
      const int divisor = w.count_include_pad ? rows.padded * columns.padded
                                              : (rows.end - rows.begin) * (columns.end - columns.begin);
      for (int c = 0; c < in[0]; ++c) {
        const float* plane = input + static_cast<long long>(c) * in[1] * in[2];
        float largest = plane[static_cast<long long>(y0 + rows.begin * w.dilation_h) * in[2] + x0 +
                              columns.begin * w.dilation_w];
        double sum = 0;
        for (int ky = rows.begin; ky < rows.end; ++ky)
          for (int kx = columns.begin; kx < columns.end; ++kx) {
            const float value =
                plane[static_cast<long long>(y0 + ky * w.dilation_h) * in[2] + x0 + kx * w.dilation_w];
            largest = std::max(largest, value);
            sum += value;
          }
        out[(static_cast<long long>(c) * out_h + oy) * out_w + ox] =
            layer.op == Op::MaxPool ? largest : static_cast<float>(sum / divisor);
      }
    }
  }
}

void average_all(const Shape& in, const float* input, float* out) {
  const long long pixels = static_cast<long long>(in[1]) * in[2];
  for (int c = 0; c < in[0]; ++c) {
    double sum = 0;
    for (long long i = 0; i < pixels; ++i) sum += input[c * pixels + i];
    out[c] = static_cast<float>(sum / static_cast<double>(pixels));
  }
}

void softmax(long long count, const float* input, float* out) {
  const float largest = *std::max_element(input, input + count);
  double sum = 0;
  for (long long i = 0; i < count; ++i) sum += std::exp(static_cast<double>(input[i]) - largest);
  for (long long i = 0; i < count; ++i)
    out[i] = static_cast<float>(std::exp(static_cast<double>(input[i]) - largest) / sum);
}

}  // namespace

void LayerRun::run(const Layer& layer, const Shape& in, const float* input, const float* other, float* out) {
  const long long count = volume(layer.shape);
  switch (layer.op) {
    case Op::Input:
      throw common::InternalError("graph: a second input");
    case Op::Conv:
      return convolve(layer, in, input, patches_, out);
    case Op::Gemm:
      return multiply(layer, input, out);
    case Op::BatchNorm:
      return normalise(layer, input, out);
    case Op::Relu:
      for (long long i = 0; i < count; ++i) out[i] = std::max(input[i], 0.0f);
      return;
    case Op::Clip:
      for (long long i = 0; i < count; ++i)
        out[i] = std::min(std::max(input[i], layer.clip_min), layer.clip_max);
      return;
    case Op::Add:
      for (long long i = 0; i < count; ++i) out[i] = input[i] + other[i];
      return;
    case Op::MaxPool:
    case Op::AveragePool:
      return pool(layer, in, input, out);
    case Op::GlobalAveragePool:
      return average_all(in, input, out);
    case Op::Flatten:
    case Op::Reshape:
      std::copy_n(input, count, out);
      return;
    case Op::Softmax:
      return softmax(count, input, out);
  }
}

}  // namespace phasecore::graph
