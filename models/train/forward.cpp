#include "models/train/forward.hpp"

#include <torch/torch.h>

#include "common/diagnostics.hpp"
#include "models/train/hardware_ops.hpp"

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

/// The only reader of a layer, or -1.
int only_reader(const std::vector<std::vector<int>>& consumers, int layer) {
  return consumers[layer].size() == 1 ? consumers[layer].front() : -1;
}

/// Which layers work as one step of the chip.
class Steps {
 public:
  explicit Steps(const Network& network) : network_(network), consumers_(network.consumers()) {}

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

double range_of(const std::string& activation, const Pass& pass) {
  common::ensure(pass.ranges && pass.ranges->count(activation), "no range for activation " + activation);
  return pass.ranges->at(activation);
}

Tensor with_weight_noise(const Tensor& weight, const Pass& pass) {
  if (pass.weight_noise == 0) return weight;
  // A constant of this pass: no gradient flows into the scale of the error.
  return weight + normal_like(weight, pass.weight_noise, pass.noise) * largest(weight, pass.reference);
}

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

class Interpreter {
 public:
  Interpreter(const Network& network, Parameters& parameters, const Pass& pass)
      : network_(network), parameters_(parameters), pass_(pass), steps_(network) {}

  Tensor run(const Tensor& images) {
    for (int i = 0; i < static_cast<int>(network_.layers.size()); ++i) {
      const Layer& layer = network_.layers[i];
      Tensor x = i == 0 ? images : compute(layer);
      if (x.dim() == 4) x = x.contiguous(torch::MemoryFormat::ChannelsLast);
      if (pass_.output_noise != 0 && steps_.sums_ready(i)) {
        const double range = range_of(network_.layers[steps_.end(i)].name, pass_);
        x = x + normal_like(x, pass_.output_noise * range, pass_.noise);
      }
      values_.push_back(steps_.emits(i) ? emitted(layer.name, x) : x);
    }
    return values_[network_.outputs.front()];
  }

 private:
  /// An activation as it leaves the step: through codes -n..n of a static range.
  Tensor emitted(const std::string& name, const Tensor& x) const {
    if (pass_.observe) pass_.observe(name, x);
    if (pass_.activation_bits == 0) return x;
    const int top = (1 << (pass_.activation_bits - 1)) - 1;
    return through_codes(x, range_of(name, pass_) / top, top);
  }

  Tensor parameter(const Layer& layer, const char* ending, const graph::Tensor& like) const {
    return like.empty() ? Tensor() : parameters_.part(layer.name + ending, like.shape);
  }

  Tensor batch_norm(const Layer& layer, const Tensor& x) const {
    const Tensor scale = parameter(layer, ".scale", layer.scale);
    const Tensor offset = parameter(layer, ".offset", layer.bias);
    const bool whole = parameters_.at(layer.name + ".scale").size(0) == scale.size(0);
    const bool running = !pass_.training || (whole && pass_.track_statistics);
    common::ensure(pass_.training || whole, "a part of a batch norm has no running statistics");
    const Tensor mean = running ? parameters_.at(layer.name + ".mean") : Tensor();
    const Tensor variance = running ? parameters_.at(layer.name + ".variance") : Tensor();
    return torch::batch_norm(x, scale, offset, mean, variance, pass_.training, /*momentum=*/0.1,
                             layer.epsilon, /*cudnn_enabled=*/false);
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

  Tensor compute(const Layer& layer) const {
    const Tensor& x = values_[layer.inputs.front()];
    switch (layer.op) {
      case Op::Conv: {
        const graph::Window& w = layer.window;
        const Tensor weight = with_weight_noise(parameter(layer, ".weight", layer.weights), pass_);
        return torch::conv2d(padded(x, w, 0), weight, parameter(layer, ".bias", layer.bias),
                             {w.stride_h, w.stride_w}, symmetric_padding(w), {w.dilation_h, w.dilation_w},
                             layer.groups);
      }
      case Op::Gemm:
        return torch::linear(x, with_weight_noise(parameter(layer, ".weight", layer.weights), pass_),
                             parameter(layer, ".bias", layer.bias));
      case Op::BatchNorm:
        return batch_norm(layer, x);
      case Op::Relu:
        return torch::relu(x);
      case Op::Clip:
        return torch::clamp(x, layer.clip_min, layer.clip_max);
      case Op::Add:
        return x + values_[layer.inputs.back()];
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
  Steps steps_;
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
  if (reference == Reference::Layer) return weight.detach().std();
  return weight.detach().flatten(1).std(1).view(per_column(weight));
}

Tensor forward(const Network& network, Parameters& parameters, const Tensor& images, const Pass& pass) {
  return Interpreter(network, parameters, pass).run(images);
}

std::vector<std::string> emitting_layers(const Network& network) {
  const Steps steps(network);
  std::vector<std::string> names;
  for (int i = 0; i < static_cast<int>(network.layers.size()); ++i)
    if (steps.emits(i)) names.push_back(network.layers[i].name);
  return names;
}

}  // namespace phasecore::train
