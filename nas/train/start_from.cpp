// A trained network as a place to start from: its values by layer name, batch norms put back where folding
// removed them.
#include <torch/torch.h>

#include <algorithm>
#include <cmath>

#include "models/graph/infer.hpp"
#include "nas/train/transfer.hpp"

namespace phasecore::train {

using graph::Layer;
using graph::Network;
using graph::Op;
using torch::Tensor;

namespace {

constexpr int images_at_once = 100;

/// Mean and variance of each channel of one layer's output over the calibration images.
struct Moments {
  std::vector<double> mean, variance;
};

std::vector<Moments> channel_moments(const Network& network, const data::Dataset& calibration) {
  std::vector<Moments> moments(network.layers.size());
  for (std::size_t l = 0; l < moments.size(); ++l) {
    moments[l].mean.assign(network.layers[l].shape[0], 0);
    moments[l].variance.assign(network.layers[l].shape[0], 0);
  }
  for (int begin = 0; begin < calibration.size(); begin += images_at_once) {
    const int end = std::min(calibration.size(), begin + images_at_once);
    const auto outputs = graph::infer_all(network, calibration.batch(begin, end));
    for (std::size_t l = 0; l < outputs.size(); ++l) {
      const std::size_t channels = network.layers[l].shape[0];
      const std::size_t pixels = graph::volume(network.layers[l].shape) / channels;
      for (std::size_t i = 0; i < outputs[l].values.size(); ++i) {
        const double value = outputs[l].values[i];
        moments[l].mean[i / pixels % channels] += value;
        moments[l].variance[i / pixels % channels] += value * value;
      }
    }
  }
  for (std::size_t l = 0; l < moments.size(); ++l) {
    const auto& shape = network.layers[l].shape;
    const double values = static_cast<double>(graph::volume(shape)) / shape[0] * calibration.size();
    for (int c = 0; c < shape[0]; ++c) {
      moments[l].mean[c] /= values;
      moments[l].variance[c] =
          std::max(0.0, moments[l].variance[c] / values - moments[l].mean[c] * moments[l].mean[c]);
    }
  }
  return moments;
}

bool same_window(const Layer& a, const Layer& b) {
  const graph::Window &v = a.window, &w = b.window;
  return v.kernel_h == w.kernel_h && v.kernel_w == w.kernel_w && v.stride_h == w.stride_h &&
         v.stride_w == w.stride_w && v.pad_top == w.pad_top && v.pad_left == w.pad_left &&
         v.pad_bottom == w.pad_bottom && v.pad_right == w.pad_right && v.dilation_h == w.dilation_h &&
         v.dilation_w == w.dilation_w;
}

class Starter {
 public:
  Starter(const Network& trained, const data::Dataset& calibration, const Network& network,
          Parameters& parameters)
      : trained_(trained),
        calibration_(calibration),
        network_(network),
        parameters_(parameters),
        readers_(network.consumers()) {}

  void run() {
    if (trained_.input().shape != calibration_.shape)
      diagnostics_.add(trained_.input().where, "the input is " + graph::to_string(trained_.input().shape) +
                                                   "; the data has " + graph::to_string(calibration_.shape));
    for (const Layer& layer : network_.layers) {
      if (layer.op == Op::Conv || layer.op == Op::Gemm) copy_mvm(layer);
      if (layer.op == Op::BatchNorm) copy_norm(layer);
    }
    diagnostics_.raise_if_any();
    if (folded_.empty()) return;
    const auto moments = channel_moments(trained_, calibration_);
    for (const Folded& f : folded_) restore_norm(f, moments[f.moments_of]);
  }

 private:
  /// A batch norm that the trained network has no more: y = factor * x + offset, where x has the moments of
  /// the trained network's layer `moments_of`, less `shift`.
  struct Folded {
    std::string norm;
    float epsilon;
    int moments_of;
    std::vector<float> factor, offset, shift;
  };

  const Layer* trained_layer(const std::string& name) {
    const int at = trained_.find(name);
    return at < 0 ? nullptr : &trained_.layers[at];
  }

  void copy(const graph::Tensor& from, const std::string& parameter, const std::string& what,
            const Layer& source) {
    Tensor& into = parameters_.at(parameter);
    const graph::Shape wanted(into.sizes().begin(), into.sizes().end());
    if (from.shape != wanted) {
      diagnostics_.add(source.where, what + " has shape " + graph::to_string(from.shape) + "; expected " +
                                         graph::to_string(wanted));
      return;
    }
    into.copy_(torch::tensor(from.values).view(into.sizes()));
  }

  void copy_mvm(const Layer& layer) {
    const Layer* source = trained_layer(layer.name);
    if (source == nullptr || source->op != layer.op) {
      diagnostics_.add(trained_.input().where,
                       std::string("no ") + graph::name_of(layer.op) + " '" + layer.name + "' to start from");
      return;
    }
    if (!same_window(layer, *source) || layer.groups != source->groups)
      diagnostics_.add(source->where,
                       "'" + layer.name + "' has another stride, padding, dilation or grouping");
    copy(source->weights, layer.name + ".weight", "'" + layer.name + "': weights", *source);
    if (layer.bias.empty()) return;
    if (source->bias.empty())
      parameters_.at(layer.name + ".bias").zero_();
    else
      copy(source->bias, layer.name + ".bias", "'" + layer.name + "': bias", *source);
  }

  void copy_norm(const Layer& norm) {
    if (const Layer* source = trained_layer(norm.name); source != nullptr && source->op == Op::BatchNorm) {
      copy(source->scale, norm.name + ".scale", "'" + norm.name + "': scale", *source);
      copy(source->bias, norm.name + ".offset", "'" + norm.name + "': offset", *source);
      copy(source->mean, norm.name + ".mean", "'" + norm.name + "': mean", *source);
      copy(source->variance, norm.name + ".variance", "'" + norm.name + "': variance", *source);
      return;
    }
    const int before = norm.inputs.front();
    const Layer& producer = network_.layers[before];
    const bool merged = readers_[before].size() == 1 && (producer.op == Op::Conv || producer.op == Op::Gemm);
    if (merged)
      note_merged(norm, producer);
    else
      note_separate(norm);
  }

  /// Folding put it into the layer before it, whose bias it became. What it does now: nothing but that bias.
  void note_merged(const Layer& norm, const Layer& producer) {
    const int at = trained_.find(producer.name);
    if (at < 0) return;  // reported by copy_mvm()
    const std::size_t channels = norm.scale.values.size();
    Folded f{norm.name, norm.epsilon, at, std::vector<float>(channels, 1), trained_.layers[at].bias.values,
             {}};
    f.offset.resize(channels, 0);
    f.shift = f.offset;
    if (!producer.bias.empty()) parameters_.at(producer.name + ".bias").zero_();
    folded_.push_back(std::move(f));
  }

  /// Folding made it a depthwise convolution of one pixel (a vector's is called "<norm>.scale").
  void note_separate(const Layer& norm) {
    int at = trained_.find(norm.name + ".scale");
    if (at < 0) at = trained_.find(norm.name);
    const std::size_t channels = norm.scale.values.size();
    if (at < 0 || trained_.layers[at].op != Op::Conv ||
        trained_.layers[at].weights.values.size() != channels) {
      diagnostics_.add(trained_.input().where, "no batch norm '" + norm.name + "' to start from");
      return;
    }
    const Layer& source = trained_.layers[at];
    Folded f{norm.name, norm.epsilon, source.inputs.front(), source.weights.values, source.bias.values, {}};
    f.offset.resize(channels, 0);
    f.shift.assign(channels, 0);
    folded_.push_back(std::move(f));
  }

  /// scale * (x - mean) / sqrt(variance + epsilon) + offset' has to equal factor * x + offset.
  void restore_norm(const Folded& f, const Moments& m) {
    Tensor &scale = parameters_.at(f.norm + ".scale"), &offset = parameters_.at(f.norm + ".offset");
    Tensor &mean = parameters_.at(f.norm + ".mean"), &variance = parameters_.at(f.norm + ".variance");
    for (std::size_t c = 0; c < f.factor.size(); ++c) {
      const auto channel = static_cast<std::int64_t>(c);
      const double x_mean = m.mean[c] - f.shift[c];
      mean[channel] = x_mean;
      variance[channel] = m.variance[c];
      scale[channel] = f.factor[c] * std::sqrt(m.variance[c] + static_cast<double>(f.epsilon));
      offset[channel] = f.offset[c] + f.factor[c] * x_mean;
    }
  }

  const Network& trained_;
  const data::Dataset& calibration_;
  const Network& network_;
  Parameters& parameters_;
  std::vector<std::vector<int>> readers_;
  common::Diagnostics diagnostics_;
  std::vector<Folded> folded_;
};

}  // namespace

void start_from(const Network& trained, const data::Dataset& calibration, const Network& network,
                Parameters& parameters) {
  torch::NoGradGuard no_grad;
  Starter(trained, calibration, network, parameters).run();
}

}  // namespace phasecore::train
