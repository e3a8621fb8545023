// Batch norms with the statistics of given images. Works on whole batches, layer by layer, because what a
// layer sees depends on the statistics of all before it. Values are channel-major, [channel][sample][pixel]:
// a channel's statistics are then those of one run of memory, and a convolution is one matrix product for
// many samples.
#include <algorithm>
#include <cmath>

#include "models/graph/infer.hpp"
#include "models/graph/layer_run.hpp"
#include "models/graph/product.hpp"

namespace phasecore::graph {

namespace {

using Values = std::vector<float>;

int channels_of(const Shape& shape) {
  return shape[0];
}

long long pixels_of(const Shape& shape) {
  return volume(shape) / shape[0];
}

/// One sample into or out of channel-major values.
void gather(const Values& from, const Shape& shape, int samples, int sample, float* to) {
  const long long pixels = pixels_of(shape);
  for (int c = 0; c < channels_of(shape); ++c)
    std::copy_n(&from[(static_cast<long long>(c) * samples + sample) * pixels], pixels, to + c * pixels);
}

void scatter(const float* from, const Shape& shape, int samples, int sample, Values& to) {
  const long long pixels = pixels_of(shape);
  for (int c = 0; c < channels_of(shape); ++c)
    std::copy_n(from + c * pixels, pixels, &to[(static_cast<long long>(c) * samples + sample) * pixels]);
}

void convolve(const Layer& layer, const Shape& in, const Values& input, int samples, Values& out) {
  const Window& w = layer.window;
  const int group_in = in[0] / layer.groups, group_out = layer.shape[0] / layer.groups;
  const long long in_pixels = pixels_of(in), pixels = pixels_of(layer.shape);
  const long long depth = static_cast<long long>(group_in) * w.kernel_h * w.kernel_w;
  const int chunk = static_cast<int>(std::clamp<long long>(kPatchValues / (depth * pixels), 1, samples));
  Values patches(static_cast<std::size_t>(depth * pixels * chunk));
  for (int o = 0; o < layer.shape[0]; ++o)
    std::fill_n(&out[o * pixels * samples], pixels * samples,
                layer.bias.empty() ? 0.0f : layer.bias.values[o]);
  for (int group = 0; group < layer.groups; ++group) {
    const ConstMap weights(layer.weights.values.data() + group * group_out * depth, group_out, depth,
                           Eigen::OuterStride<>(depth));
    for (int first = 0; first < samples; first += chunk) {
      const int count = std::min(chunk, samples - first);
      float* row = patches.data();
      for (int c = 0; c < group_in; ++c) {
        const float* plane =
            &input[(static_cast<long long>(group * group_in + c) * samples + first) * in_pixels];
        for (int ky = 0; ky < w.kernel_h; ++ky)
          for (int kx = 0; kx < w.kernel_w; ++kx)
            for (int s = 0; s < count; ++s, row += pixels)
              read_tap(plane + s * in_pixels, in[1], in[2], w, ky, kx, layer.shape[1], layer.shape[2], row);
      }
      const long long columns = count * pixels;
      accumulate(weights, ConstMap(patches.data(), depth, columns, Eigen::OuterStride<>(columns)),
                 Map(&out[(static_cast<long long>(group) * group_out * samples + first) * pixels], group_out,
                     columns, Eigen::OuterStride<>(pixels * samples)));
    }
  }
}

constexpr int kLanes = 8, kRun = 512;

/// Sets the batch norm's mean and variance to those of each channel of its input, and applies it.
void normalise(Layer& norm, const Values& input, int samples, Values& out) {
  const long long count = pixels_of(norm.shape) * samples;
  for (int c = 0; c < channels_of(norm.shape); ++c) {
    const float* x = &input[c * count];
    // Eight partial sums per run in float (vectorised), the runs in double.
    double sum = 0, squares = 0;
    for (long long begin = 0; begin < count; begin += kRun) {
      const long long end = std::min(count, begin + kRun);
      float run[kLanes] = {}, run_squares[kLanes] = {};
      long long i = begin;
      for (; i + kLanes <= end; i += kLanes)
        for (int k = 0; k < kLanes; ++k) {
          run[k] += x[i + k];
          run_squares[k] += x[i + k] * x[i + k];
        }
      for (; i < end; ++i) {
        run[0] += x[i];
        run_squares[0] += x[i] * x[i];
      }
      for (int k = 0; k < kLanes; ++k) {
        sum += run[k];
        squares += run_squares[k];
      }
    }
    const double mean = sum / static_cast<double>(count);
    const double variance = std::max(0.0, squares / static_cast<double>(count) - mean * mean);
    norm.mean.values[c] = static_cast<float>(mean);
    norm.variance.values[c] = static_cast<float>(variance);
    const auto factor = static_cast<float>(norm.scale.values[c] / std::sqrt(variance + norm.epsilon));
    const auto offset = static_cast<float>(norm.bias.values[c] - factor * mean);
    float* y = &out[c * count];
    for (long long i = 0; i < count; ++i) y[i] = x[i] * factor + offset;
  }
}

/// Buffers that are used again: fresh pages would cost as much as the arithmetic.
class Memory {
 public:
  Values take(std::size_t size) {
    Values values;
    if (!free_.empty()) {
      values = std::move(free_.back());
      free_.pop_back();
    }
    values.resize(size);
    return values;
  }
  void give(Values values) {
    if (!values.empty()) free_.push_back(std::move(values));
  }

 private:
  std::vector<Values> free_;
};

}  // namespace

Network with_statistics_of(Network network, const Batch& images) {
  if (images.shape != network.input().shape)
    throw common::InputError("the images are " + to_string(images.shape) + "; network '" + network.name +
                             "' takes " + to_string(network.input().shape));
  common::ensure(images.samples > 0, "batch-norm statistics of no images");
  const int samples = images.samples;
  const int layers = static_cast<int>(network.layers.size());
  std::vector<int> last_reader(layers, -1);
  int last_norm = 0;
  for (int i = 0; i < layers; ++i) {
    for (const int from : network.layers[i].inputs) last_reader[from] = i;
    if (network.layers[i].op == Op::BatchNorm) last_norm = i;
  }

  std::vector<Values> values(layers);
  values[0].resize(images.values.size());
  for (int s = 0; s < samples; ++s)
    scatter(&images.values[s * volume(images.shape)], images.shape, samples, s, values[0]);
  LayerRun layer_run;
  Memory memory;
  for (int i = 1; i <= last_norm; ++i) {
    Layer& layer = network.layers[i];
    const int from = layer.inputs.front(), other = layer.inputs.back();
    const Shape& in = network.layers[from].shape;
    const auto size = static_cast<std::size_t>(volume(layer.shape));
    const bool elementwise = layer.op == Op::BatchNorm || layer.op == Op::Relu || layer.op == Op::Add;
    const bool in_place = elementwise && last_reader[from] == i && (layer.op != Op::Add || from != other);
    values[i] = in_place ? std::move(values[from]) : memory.take(size * samples);
    Values& x = in_place ? values[i] : values[from];
    if (layer.op == Op::BatchNorm) {
      normalise(layer, x, samples, values[i]);
    } else if (layer.op == Op::Conv) {
      convolve(layer, in, values[from], samples, values[i]);
    } else if (layer.op == Op::Relu) {
      std::transform(x.begin(), x.end(), values[i].begin(), [](float v) { return std::max(v, 0.0f); });
    } else if (layer.op == Op::Add) {
      std::transform(x.begin(), x.end(), values[other].begin(), values[i].begin(),
                     [](float a, float b) { return a + b; });
    } else {  // rare between batch norms: one sample at a time
      Values one(volume(in)), out(size);
      for (int s = 0; s < samples; ++s) {
        gather(values[from], in, samples, s, one.data());
        layer_run.run(layer, in, one.data(), nullptr, out.data());
        scatter(out.data(), layer.shape, samples, s, values[i]);
      }
    }
    for (const int input : layer.inputs)
      if (last_reader[input] == i) memory.give(std::move(values[input]));
  }
  return network;
}

}  // namespace phasecore::graph
