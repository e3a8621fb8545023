#include "models/graph/infer.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>

namespace phasecore::graph {

template void im2col<float>(const float*, const Shape&, const Window&, int, int, float*);

namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using ConstMap = Eigen::Map<const Matrix, 0, Eigen::OuterStride<>>;
using Map = Eigen::Map<Matrix, 0, Eigen::OuterStride<>>;

/// Longest sum handed to Eigen at once. Eigen splits longer ones according to the cache size of the CPU it
/// finds (288 for a 32 KiB L1), which would change the rounding from machine to machine.
constexpr int kDepth = 256;
/// Patches held at once, in values: stays in the L2 cache and bounds the memory of a huge layer.
constexpr long long kPatchValues = 1 << 17;

/// out += weights * columns, in an order that depends on the sizes only.
void accumulate(const ConstMap& weights, const ConstMap& columns, Map out) {
  for (Eigen::Index k = 0; k < weights.cols(); k += kDepth) {
    const Eigen::Index depth = std::min<Eigen::Index>(kDepth, weights.cols() - k);
    out.noalias() += weights.middleCols(k, depth) * columns.middleRows(k, depth);
  }
}

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

/// The activations of one sample, layer by layer; buffers are kept from sample to sample.
class SampleRunner {
 public:
  explicit SampleRunner(const Network& network) : network_(network) {
    for (const Layer& layer : network.layers)
      values_.emplace_back(static_cast<std::size_t>(volume(layer.shape)));
  }

  void run(const float* input) {
    std::copy_n(input, values_[0].size(), values_[0].begin());
    for (std::size_t i = 1; i < network_.layers.size(); ++i) run_layer(network_.layers[i], values_[i]);
  }

  const std::vector<float>& values(int layer) const { return values_[layer]; }

 private:
  void run_layer(const Layer& layer, std::vector<float>& out) {
    const std::vector<float>& input = values_[layer.inputs[0]];
    const Shape& in = network_.layers[layer.inputs[0]].shape;
    switch (layer.op) {
      case Op::Input:
        throw common::InternalError("graph: a second input");
      case Op::Conv:
        return convolve(layer, in, input.data(), patches_, out.data());
      case Op::Gemm:
        return multiply(layer, input.data(), out.data());
      case Op::BatchNorm:
        return normalise(layer, input.data(), out.data());
      case Op::Relu:
        for (std::size_t i = 0; i < out.size(); ++i) out[i] = std::max(input[i], 0.0f);
        return;
      case Op::Clip:
        for (std::size_t i = 0; i < out.size(); ++i)
          out[i] = std::min(std::max(input[i], layer.clip_min), layer.clip_max);
        return;
      case Op::Add: {
        const std::vector<float>& other = values_[layer.inputs[1]];
        for (std::size_t i = 0; i < out.size(); ++i) out[i] = input[i] + other[i];
        return;
      }
      case Op::MaxPool:
      case Op::AveragePool:
        return pool(layer, in, input.data(), out.data());
      case Op::GlobalAveragePool:
        return average_all(in, input.data(), out.data());
      case Op::Flatten:
      case Op::Reshape:
        std::copy(input.begin(), input.end(), out.begin());
        return;
      case Op::Softmax:
        return softmax(static_cast<long long>(out.size()), input.data(), out.data());
    }
  }

  const Network& network_;
  std::vector<std::vector<float>> values_;
  std::vector<float> patches_;
};

std::vector<Batch> run_batch(const Network& network, const Batch& input, const std::vector<int>& wanted) {
  if (input.shape != network.input().shape)
    throw common::InputError("the input is " + to_string(input.shape) + "; network '" + network.name +
                             "' takes " + to_string(network.input().shape));
  const std::size_t per_sample = static_cast<std::size_t>(volume(input.shape));
  common::ensure(input.samples >= 0 && input.values.size() == input.samples * per_sample,
                 "graph: a batch whose values do not fit its shape");
  std::vector<Batch> results;
  for (int layer : wanted) {
    const Shape& shape = network.layers[layer].shape;
    results.push_back({input.samples, shape, {}});
    results.back().values.reserve(static_cast<std::size_t>(input.samples * volume(shape)));
  }
  SampleRunner runner(network);
  for (int s = 0; s < input.samples; ++s) {
    runner.run(input.values.data() + s * per_sample);
    for (std::size_t r = 0; r < wanted.size(); ++r) {
      const std::vector<float>& v = runner.values(wanted[r]);
      results[r].values.insert(results[r].values.end(), v.begin(), v.end());
    }
  }
  return results;
}

}  // namespace

std::vector<Batch> infer(const Network& network, const Batch& input) {
  return run_batch(network, input, network.outputs);
}

std::vector<Batch> infer_all(const Network& network, const Batch& input) {
  std::vector<int> all;
  for (int i = 0; i < static_cast<int>(network.layers.size()); ++i) all.push_back(i);
  return run_batch(network, input, all);
}

}  // namespace phasecore::graph
