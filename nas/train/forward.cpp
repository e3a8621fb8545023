#include "nas/train/forward.hpp"

#include <torch/torch.h>

#include <algorithm>

#include "common/diagnostics.hpp"
#include "nas/train/hardware_ops.hpp"
#include "nas/train/mvm.hpp"
#include "nas/train/norm.hpp"

namespace phasecore::train {

using graph::Layer;
using graph::Network;
using graph::Op;
using torch::Tensor;

namespace {

bool is_mvm(const Layer& layer) {
  return layer.op == Op::Conv || layer.op == Op::Gemm;
}

bool is_activation(const Layer& layer) {
  return layer.op == Op::Relu || layer.op == Op::Clip;
}

Limits limits_of(const Layer& activation) {
  if (activation.op == Op::Relu) return {0, Limits{}.high};
  return {static_cast<float>(activation.clip_min), static_cast<float>(activation.clip_max)};
}

/// The only reader of a layer, or -1.
int only_reader(const std::vector<std::vector<int>>& consumers, int layer) {
  return consumers[layer].size() == 1 ? consumers[layer].front() : -1;
}

/// Which layers work as one step of the chip.
class Chain {
 public:
  explicit Chain(const Network& network) : network_(network), consumers_(network.consumers()) {}

  /// Does the step go on behind this layer?
  bool continues(int layer) const {
    const int next = only_reader(consumers_, layer);
    if (next < 0) return false;
    const Layer& reader = network_.layers[next];
    const Layer& here = network_.layers[layer];
    if (is_mvm(here)) return reader.op == Op::BatchNorm || is_activation(reader);
    if (here.op == Op::BatchNorm) return is_activation(reader) && is_mvm(producer(layer));
    return here.op == Op::Add && is_activation(reader);
  }
  /// The layer where the step that `layer` belongs to ends.
  int end(int layer) const {
    while (continues(layer)) layer = consumers_[layer].front();
    return layer;
  }
  /// Is this where the sums of an MVM are ready: behind its batch norm, if it has one?
  bool sums_ready(int layer) const {
    const Layer& here = network_.layers[layer];
    if (here.op == Op::BatchNorm) {
      const int from = here.inputs.front();
      return is_mvm(network_.layers[from]) && only_reader(consumers_, from) == layer;
    }
    const int next = only_reader(consumers_, layer);
    return is_mvm(here) && (next < 0 || network_.layers[next].op != Op::BatchNorm);
  }
  bool emits(int layer) const {
    const Op op = network_.layers[layer].op;
    return op != Op::Flatten && op != Op::Reshape && !continues(layer);
  }

 private:
  const Layer& producer(int layer) const { return network_.layers[network_.layers[layer].inputs.front()]; }

  const Network& network_;
  std::vector<std::vector<int>> consumers_;
};

/// x with the window's padding around it; torch pads symmetrically only.
Tensor padded(const Tensor& x, const graph::Window& w, double fill) {
  if (w.pad_top == w.pad_bottom && w.pad_left == w.pad_right) return x;
  return torch::constant_pad_nd(x, {w.pad_left, w.pad_right, w.pad_top, w.pad_bottom}, fill);
}

/// Padding that padded() has left to the operation itself.
std::vector<std::int64_t> symmetric_padding(const graph::Window& w) {
  if (w.pad_top == w.pad_bottom && w.pad_left == w.pad_right) return {w.pad_top, w.pad_left};
  return {0, 0};
}

/// Channels [first, first + count) of every group's own.
Tensor input_channels(const Tensor& x, int groups, int first, int count) {
  if (count == x.size(1) / groups) return x;
  if (groups == 1) return x.narrow(1, first, count);
  return x.contiguous()
      .view({x.size(0), groups, -1, x.size(2), x.size(3)})
      .narrow(2, first, count)
      .flatten(1, 2);
}

class Interpreter {
 public:
  Interpreter(const Network& network, Parameters& parameters, const Pass& pass)
      : network_(network),
        parameters_(parameters),
        pass_(pass),
        chain_(network),
        consumers_(network.consumers()) {}

  Tensor run(const Tensor& images) {
    for (int i = 0; i < static_cast<int>(network_.layers.size()); ++i) {
      const Layer& layer = network_.layers[i];
      Tensor x = i == 0 ? images : compute(i);
      if (x.dim() == 4) x = x.contiguous(torch::MemoryFormat::ChannelsLast);
      if (pass_.output_noise != 0 && !pass_.has_converters() && chain_.sums_ready(i)) {
        const double range = range_of(network_.layers[chain_.end(i)].name, pass_);
        x = x + normal_like(x, pass_.output_noise * range, pass_.noise);
      }
      values_.push_back(chain_.emits(i) ? through_range(layer.name, x, pass_.activation_bits, pass_) : x);
    }
    return values_[network_.outputs.front()];
  }

 private:
  Tensor parameter(const Layer& layer, const char* ending, const graph::Tensor& like) const {
    return like.empty() ? Tensor() : parameters_.part(layer.name + ending, like.shape);
  }

  Tensor batch_norm(const Layer& layer, const Tensor& x, Limits limits) const {
    const Tensor scale = parameter(layer, ".scale", layer.scale);
    const Tensor offset = parameter(layer, ".offset", layer.bias);
    const bool whole = parameters_.at(layer.name + ".scale").size(0) == scale.size(0);
    if (!pass_.training) {
      common::ensure(whole, "a part of a batch norm has no running statistics");
      Tensor out = torch::batch_norm(x, scale, offset, parameters_.at(layer.name + ".mean"),
                                     parameters_.at(layer.name + ".variance"), /*training=*/false,
                                     /*momentum=*/0, layer.epsilon, /*cudnn_enabled=*/false);
      return limits.none() ? out : out.clamp_(limits.low, limits.high);
    }
    const BatchMoments seen = batch_moments(x);
    if (whole && pass_.track_statistics) track(layer, seen, x.numel() / x.size(1));
    const NormMoments own = seen.to_normalise(layer.epsilon);
    if (pass_.measured != nullptr) (*pass_.measured)[layer.name] = own;
    const NormMoments& shown = pass_.statistics == nullptr ? own : pass_.statistics->at(layer.name);
    return normalised(x, scale, offset, own, shown, limits);
  }

  /// The running statistics follow the batch's; the variance as that of a sample.
  void track(const Layer& layer, const BatchMoments& seen, std::int64_t values) const {
    torch::NoGradGuard no_grad;
    constexpr double momentum = 0.1;
    const double sample =
        static_cast<double>(values) / static_cast<double>(std::max<std::int64_t>(values - 1, 1));
    parameters_.at(layer.name + ".mean").mul_(1 - momentum).add_(seen.mean, momentum);
    parameters_.at(layer.name + ".variance").mul_(1 - momentum).add_(seen.variance, momentum * sample);
  }

  Tensor pool(const Layer& layer, const Tensor& x) const {
    const graph::Window& w = layer.window;
    const std::vector<std::int64_t> kernel{w.kernel_h, w.kernel_w}, stride{w.stride_h, w.stride_w};
    if (layer.op == Op::MaxPool)
      return torch::max_pool2d(padded(x, w, -std::numeric_limits<float>::infinity()), kernel, stride,
                               symmetric_padding(w), {w.dilation_h, w.dilation_w}, w.ceil_mode);
    common::ensure(w.count_include_pad || (w.pad_top == w.pad_bottom && w.pad_left == w.pad_right),
                   "an average pool with unequal padding that does not count cannot be trained");
    return torch::avg_pool2d(padded(x, w, 0), kernel, stride, symmetric_padding(w), w.ceil_mode,
                             w.count_include_pad);
  }

  Tensor convolve(const Layer& layer, const Tensor& x, const Tensor& weight, const Tensor& bias) const {
    const graph::Window& w = layer.window;
    return torch::conv2d(padded(x, w, 0), weight, bias, {w.stride_h, w.stride_w}, symmetric_padding(w),
                         {w.dilation_h, w.dilation_w}, layer.groups);
  }

  Tensor mvm(const Layer& layer, const Tensor& x) const {
    const Tensor weight = parameter(layer, ".weight", layer.weights);
    const Tensor bias = parameter(layer, ".bias", layer.bias);
    const auto multiply = [&](const Tensor& by, const Tensor& from, const Tensor& offset) {
      return layer.op == Op::Conv ? convolve(layer, from, by, offset) : torch::linear(from, by, offset);
    };
    if (!pass_.has_converters()) return multiply(with_weight_errors(weight, pass_), x, bias);
    const Tensor sum =
        through_converters(layer.name, weight, pass_, [&](const Tensor& by, int first, int count) {
          return multiply(by, input_channels(x, layer.groups, first, count), {});
        });
    if (!bias.defined()) return sum;
    return sum + (layer.op == Op::Conv ? bias.view({1, -1, 1, 1}) : bias);
  }

  /// The activation behind a batch norm or an addition that is computed together with it: the only reader,
  /// where nothing is disturbed between the two.
  const Layer* joined_activation(int layer) const {
    const Op op = network_.layers[layer].op;
    const int next = only_reader(consumers_, layer);
    if ((op != Op::BatchNorm && op != Op::Add) || next < 0 || !is_activation(network_.layers[next]))
      return nullptr;
    const bool disturbed = pass_.output_noise != 0 || chain_.emits(layer);
    return disturbed ? nullptr : &network_.layers[next];
  }
  Limits joined_limits(int layer) const {
    const Layer* activation = joined_activation(layer);
    return activation == nullptr ? Limits{} : limits_of(*activation);
  }

  Tensor compute(int index) const {
    const Layer& layer = network_.layers[index];
    const Tensor& x = values_[layer.inputs.front()];
    if (is_activation(layer) && joined_activation(layer.inputs.front()) != nullptr) return x;
    switch (layer.op) {
      case Op::Conv:
      case Op::Gemm:
        return mvm(layer, x);
      case Op::BatchNorm:
        return batch_norm(layer, x, joined_limits(index));
      case Op::Relu:
        return torch::relu(x);
      case Op::Clip:
        return torch::clamp(x, layer.clip_min, layer.clip_max);
      case Op::Add:
        return limited_sum(x, values_[layer.inputs.back()], joined_limits(index));
      case Op::MaxPool:
      case Op::AveragePool:
        return pool(layer, x);
      case Op::GlobalAveragePool:
        return x.mean({2, 3}, /*keepdim=*/true);
      case Op::Flatten:
        return x.contiguous().flatten(1);
      case Op::Reshape: {
        std::vector<std::int64_t> sizes{x.size(0)};
        sizes.insert(sizes.end(), layer.shape.begin(), layer.shape.end());
        return x.contiguous().view(sizes);
      }
      case Op::Softmax:
        return torch::softmax(x, 1);
      case Op::Input:
        break;
    }
    throw common::InternalError("layer " + layer.name + " has no torch operation");
  }

  const Network& network_;
  Parameters& parameters_;
  const Pass& pass_;
  Chain chain_;
  std::vector<std::vector<int>> consumers_;
  std::vector<Tensor> values_;
};

/// {C_out, 1, ...}: one value per output column.
std::vector<std::int64_t> per_column(const Tensor& weight) {
  std::vector<std::int64_t> shape(weight.dim(), 1);
  shape[0] = weight.size(0);
  return shape;
}

}  // namespace

Tensor largest(const Tensor& weight, Reference reference) {
  const Tensor magnitude = weight.detach().abs();
  if (reference == Reference::Layer) return magnitude.max();
  return magnitude.flatten(1).amax(1).view(per_column(weight));
}

Tensor spread(const Tensor& weight, Reference reference) {
  const Tensor square = weight.detach().square();
  if (reference == Reference::Layer) return square.mean().sqrt();
  return square.flatten(1).mean(1).sqrt().view(per_column(weight));
}

Tensor forward(const Network& network, Parameters& parameters, const Tensor& images, const Pass& pass) {
  return Interpreter(network, parameters, pass).run(images);
}

NormStatistics clean_statistics(const Network& network, Parameters& parameters, const Tensor& images,
                                int count, Pass pass) {
  torch::NoGradGuard no_grad;
  NormStatistics statistics;
  pass.training = true;
  pass.measured = &statistics;
  forward(network, parameters, images.narrow(0, 0, std::min<std::int64_t>(count, images.size(0))), pass);
  return statistics;
}

void clip_to_deviations(Tensor weight, Reference reference, double deviations) {
  torch::NoGradGuard no_grad;
  const Tensor limit = spread(weight, reference) * deviations;
  weight.copy_(torch::minimum(torch::maximum(weight, -limit), limit));
}

std::vector<std::string> emitting_layers(const Network& network) {
  const Chain chain(network);
  std::vector<std::string> names;
  for (int i = 0; i < static_cast<int>(network.layers.size()); ++i)
    if (chain.emits(i)) names.push_back(network.layers[i].name);
  return names;
}

std::vector<std::string> converter_layers(const Network& network) {
  std::vector<std::string> names;
  for (const Layer& layer : network.layers)
    if (is_mvm(layer)) names.push_back(layer.name + ".adc");
  return names;
}

}  // namespace phasecore::train
