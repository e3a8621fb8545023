// Batch norms with the statistics of given images. Works on whole batches, layer by layer, because what a
// layer sees depends on the statistics of all before it. Values lie as [channel][pixel][sample]: a channel's
// statistics are then those of one run of memory, and a tap of a convolution reads all samples as one run, so
// that taps in the padding need not be computed.
#include <algorithm>
#include <cmath>

#include "models/graph/infer.hpp"
#include "models/graph/ops/activation.hpp"
#include "models/graph/ops/add.hpp"
#include "models/graph/ops/batch_norm.hpp"
#include "models/graph/ops/conv.hpp"
#include "models/graph/product.hpp"

namespace phasecore::graph {

namespace {

using Values = std::vector<float>;

long long pixels_of(const Shape& shape) {
  return volume(shape) / shape[0];
}

/// One sample into or out of values.
void gather(const Values& from, const Shape& shape, int samples, int sample, float* to) {
  for (long long i = 0; i < volume(shape); ++i) to[i] = from[i * samples + sample];
}

void scatter(const float* from, const Shape& shape, int samples, int sample, Values& to) {
  for (long long i = 0; i < volume(shape); ++i) to[i * samples + sample] = from[i];
}

/// A tap of the kernel that lies in the image, and the pixel that it reads.
struct Tap {
  int index;
  long long pixel;
};

std::vector<Tap> taps_in_image(const Window& w, const Shape& in, int out_y, int out_x) {
  const Axis y = rows_of(w, in[1]), x = columns_of(w, in[2]);
  const Taps rows = y.taps(out_y), columns = x.taps(out_x);
  std::vector<Tap> taps;
  for (int ky = rows.begin; ky < rows.end; ++ky)
    for (int kx = columns.begin; kx < columns.end; ++kx)
      taps.push_back(
          {ky * w.kernel_w + kx, static_cast<long long>(y.pixel(rows, ky)) * in[2] + x.pixel(columns, kx)});
  return taps;
}

/// For one output pixel at a time: the weights and the inputs of its taps, gathered, are two matrices.
class Convolution {
 public:
  Convolution(const Conv& conv, const Shape& in, const Shape& out, int samples)
      : conv_(conv),
        in_(in),
        out_(out),
        samples_(samples),
        group_in_(in[0] / conv.groups),
        group_out_(out[0] / conv.groups),
        kernel_(conv.window.kernel_h * conv.window.kernel_w),
        run_(static_cast<int>(std::clamp<long long>(kPatchValues / (group_in_ * kernel_), 1, samples))),
        weights_(static_cast<std::size_t>(group_out_) * group_in_ * kernel_),
        inputs_(static_cast<std::size_t>(group_in_) * kernel_ * run_) {}

  void run(const Values& input, Values& out) {
    const long long pixels = pixels_of(out_);
    for (int pixel = 0; pixel < pixels; ++pixel) {
      const auto taps = taps_in_image(conv_.window, in_, pixel / out_[2], pixel % out_[2]);
      for (int group = 0; group < conv_.groups; ++group) {
        gather_weights(group, taps);
        for (int first = 0; first < samples_; first += run_) {
          const int count = std::min(run_, samples_ - first);
          gather_inputs(input, group, taps, first, count);
          // The results' places are filled just before they are added to, while they are in the cache.
          for (int o = group * group_out_; o < (group + 1) * group_out_; ++o)
            std::fill_n(&out[(o * pixels + pixel) * samples_ + first], count,
                        conv_.bias.empty() ? 0.0f : conv_.bias.values[o]);
          const auto depth = static_cast<Eigen::Index>(taps.size()) * group_in_;
          accumulate(ConstMap(weights_.data(), group_out_, depth, Eigen::OuterStride<>(depth)),
                     ConstMap(inputs_.data(), depth, count, Eigen::OuterStride<>(count)),
                     Map(&out[(group * group_out_ * pixels + pixel) * samples_ + first], group_out_, count,
                         Eigen::OuterStride<>(pixels * samples_)));
        }
      }
    }
  }

 private:
  void gather_weights(int group, const std::vector<Tap>& taps) {
    float* to = weights_.data();
    for (int row = 0; row < group_out_ * group_in_; ++row) {
      const float* kernel =
          &conv_.weights.values[(static_cast<std::size_t>(group) * group_out_ * group_in_ + row) * kernel_];
      for (const Tap& tap : taps) *to++ = kernel[tap.index];
    }
  }

  void gather_inputs(const Values& input, int group, const std::vector<Tap>& taps, int first, int count) {
    const long long in_pixels = pixels_of(in_);
    float* to = inputs_.data();
    for (int c = group * group_in_; c < (group + 1) * group_in_; ++c)
      for (const Tap& tap : taps)
        to = std::copy_n(&input[(c * in_pixels + tap.pixel) * samples_ + first], count, to);
  }

  const Conv& conv_;
  const Shape &in_, &out_;
  const int samples_, group_in_, group_out_, kernel_, run_;
  Values weights_, inputs_;
};

constexpr int kLanes = 8, kRun = 512;

/// Sets the batch norm's mean and variance to those of each channel of its input, and applies it.
void normalise(BatchNorm& norm, const Values& input, Values& out) {
  const auto count = static_cast<long long>(input.size()) / norm.channels();
  for (int c = 0; c < norm.channels(); ++c) {
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
    const auto offset = static_cast<float>(norm.offset.values[c] - factor * mean);
    float* y = &out[c * count];
    for (long long i = 0; i < count; ++i) y[i] = x[i] * factor + offset;
  }
}

/// Any layer, one sample at a time.
void run_samples(const Network& network, int at, int samples, std::vector<Values>& values, Scratch& scratch) {
  const Layer& layer = network.layers[at];
  std::vector<Values> gathered;
  for (const int from : layer.inputs) gathered.emplace_back(volume(network.layers[from].shape));
  std::vector<Sample> inputs;
  for (std::size_t i = 0; i < gathered.size(); ++i)
    inputs.push_back({&network.layers[layer.inputs[i]].shape, gathered[i].data()});
  Values out(volume(layer.shape));
  for (int s = 0; s < samples; ++s) {
    for (std::size_t i = 0; i < gathered.size(); ++i)
      gather(values[layer.inputs[i]], *inputs[i].shape, samples, s, gathered[i].data());
    layer.op().run(inputs, layer.shape, out.data(), scratch);
    scatter(out.data(), layer.shape, samples, s, values[at]);
  }
}

/// Buffers that are used again: fresh pages would cost as much as the arithmetic.
class Memory {
 public:
  Values take(std::size_t size) {
    Values values;
    const auto largest = std::max_element(free_.begin(), free_.end(), [](const Values& a, const Values& b) {
      return a.size() < b.size();  // what a buffer grows by is filled with zeros
    });
    if (largest != free_.end()) {
      values = std::move(*largest);
      free_.erase(largest);
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
  require_one_input(network, "measuring batch norms");
  common::ensure(images.samples > 0, "batch-norm statistics of no images");
  const int samples = images.samples;
  const int layers = static_cast<int>(network.layers.size());
  std::vector<int> last_reader(layers, -1);
  int last_norm = 0;
  for (int i = 0; i < layers; ++i) {
    for (const int from : network.layers[i].inputs) last_reader[from] = i;
    if (network.layers[i].is<BatchNorm>()) last_norm = i;
  }

  std::vector<Values> values(layers);
  values[0].resize(images.values.size());
  for (int s = 0; s < samples; ++s)
    scatter(&images.values[s * volume(images.shape)], images.shape, samples, s, values[0]);
  Memory memory;
  Scratch scratch;
  for (int i = 1; i <= last_norm; ++i) {
    Layer& layer = network.layers[i];
    const auto size = static_cast<std::size_t>(volume(layer.shape));
    if (layer.inputs.empty()) {  // a constant
      values[i] = memory.take(size * samples);
      run_samples(network, i, samples, values, scratch);
      continue;
    }
    const int from = layer.inputs.front(), other = layer.inputs.back();
    const Shape& in = network.layers[from].shape;
    const bool adds = layer.is<Add>() && in == network.layers[other].shape, rectifies = layer.is<Relu>(),
               normalises = layer.is<BatchNorm>();
    const bool in_place =
        (adds || rectifies || normalises) && last_reader[from] == i && (!adds || from != other);
    values[i] = in_place ? std::move(values[from]) : memory.take(size * samples);
    Values& x = in_place ? values[i] : values[from];
    if (normalises) {
      normalise(*layer.edit<BatchNorm>(), x, values[i]);
    } else if (const auto* conv = layer.as<Conv>()) {
      Convolution(*conv, in, layer.shape, samples).run(values[from], values[i]);
    } else if (rectifies) {
      std::transform(x.begin(), x.end(), values[i].begin(), [](float v) { return std::max(v, 0.0f); });
    } else if (adds) {
      std::transform(x.begin(), x.end(), values[other].begin(), values[i].begin(),
                     [](float a, float b) { return a + b; });
    } else {  // rare between batch norms
      run_samples(network, i, samples, values, scratch);
    }
    for (const int input : layer.inputs)
      if (last_reader[input] == i) memory.give(std::move(values[input]));
  }
  return network;
}

}  // namespace phasecore::graph
