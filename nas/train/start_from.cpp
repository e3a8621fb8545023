// A trained network as a place to start from: its values by layer name, batch norms put back where folding
// removed them.
#include <torch/torch.h>

#include <algorithm>
#include <cmath>

#include "models/graph/infer.hpp"
#include "models/graph/ops/batch_norm.hpp"
#include "models/graph/ops/conv.hpp"
#include "models/graph/ops/recurrent.hpp"
#include "nas/train/transfer.hpp"

namespace phasecore::train {

using graph::Layer;
using graph::Network;
using torch::Tensor;

namespace {

constexpr int calibrated_at_once = 100;

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
  for (int begin = 0; begin < calibration.size(); begin += calibrated_at_once) {
    const int end = std::min(calibration.size(), begin + calibrated_at_once);
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

bool same_window(const graph::Window& v, const graph::Window& w) {
  return v.kernel_h == w.kernel_h && v.kernel_w == w.kernel_w && v.stride_h == w.stride_h &&
         v.stride_w == w.stride_w && v.pad_top == w.pad_top && v.pad_left == w.pad_left &&
         v.pad_bottom == w.pad_bottom && v.pad_right == w.pad_right && v.dilation_h == w.dilation_h &&
         v.dilation_w == w.dilation_w;
}

bool differ(const graph::Conv& a, const graph::Conv& b) {
  return a.groups != b.groups || !same_window(a.window, b.window);
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
      if (const auto* mvm = layer.as<graph::Mvm>()) copy_mvm(layer, *mvm);
      if (const auto* norm = layer.as<graph::BatchNorm>()) copy_norm(layer, *norm);
      if (layer.is<graph::Recurrent>()) copy_recurrent(layer);
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

  void copy_mvm(const Layer& layer, const graph::Mvm& mvm) {
    const Layer* source = trained_layer(layer.name);
    if (source == nullptr || source->op().name() != mvm.name()) {
      diagnostics_.add(trained_.input().where, "no " + mvm.name() + " '" + layer.name + "' to start from");
      return;
    }
    const auto* conv = layer.as<graph::Conv>();
    if (conv != nullptr && differ(*conv, *source->as<graph::Conv>()))
      diagnostics_.add(source->where,
                       "'" + layer.name + "' has another stride, padding, dilation or grouping");
    const auto& from = *source->as<graph::Mvm>();
    copy(from.weights, layer.name + ".weight", "'" + layer.name + "': weights", *source);
    if (mvm.bias.empty()) return;
    if (from.bias.empty())
      parameters_.at(layer.name + ".bias").zero_();
    else
      copy(from.bias, layer.name + ".bias", "'" + layer.name + "': bias", *source);
  }

  void copy_recurrent(const Layer& layer) {
    const Layer* source = trained_layer(layer.name);
    if (source == nullptr || source->op().name() != layer.op().name()) {
      diagnostics_.add(trained_.input().where,
                       "no " + layer.op().name() + " '" + layer.name + "' to start from");
      return;
    }
    for (const auto& tensor : layer.op().tensors()) {
      if (tensor.values->empty()) continue;
      const graph::Tensor* from = graph::find_tensor(source->op(), tensor.name);
      common::ensure(from != nullptr, "two layers of one operator have different tensors");
      if (from->empty())
        parameters_.at(layer.name + "." + tensor.name).zero_();  // it has no bias
      else
        copy(*from, layer.name + "." + tensor.name, "'" + layer.name + "': " + tensor.name, *source);
    }
  }

  void copy_norm(const Layer& layer, const graph::BatchNorm& norm) {
    const Layer* source = trained_layer(layer.name);
    if (source != nullptr && source->is<graph::BatchNorm>()) {
      for (const auto& tensor : source->op().tensors())
        copy(*tensor.values, layer.name + "." + tensor.name, "'" + layer.name + "': " + tensor.name, *source);
      return;
    }
    const int before = layer.inputs.front();
    const Layer& producer = network_.layers[before];
    if (readers_[before].size() == 1 && producer.is<graph::Mvm>())
      note_merged(layer.name, norm, producer);
    else
      note_separate(layer.name, norm);
  }

  /// Folding put it into the layer before it, whose bias it became. What it does now: nothing but that bias.
  void note_merged(const std::string& name, const graph::BatchNorm& norm, const Layer& producer) {
    const int at = trained_.find(producer.name);
    const auto* merged = at < 0 ? nullptr : trained_.layers[at].as<graph::Mvm>();
    if (merged == nullptr) return;  // reported by copy_mvm()
    const std::size_t channels = norm.scale.values.size();
    Folded f{name, norm.epsilon, at, std::vector<float>(channels, 1), merged->bias.values, {}};
    f.offset.resize(channels, 0);
    f.shift = f.offset;
    if (!producer.as<graph::Mvm>()->bias.empty()) parameters_.at(producer.name + ".bias").zero_();
    folded_.push_back(std::move(f));
  }

  /// Folding made it a depthwise convolution of one pixel (a vector's is called "<norm>.scale").
  void note_separate(const std::string& name, const graph::BatchNorm& norm) {
    int at = trained_.find(name + ".scale");
    if (at < 0) at = trained_.find(name);
    const std::size_t channels = norm.scale.values.size();
    const auto* conv = at < 0 ? nullptr : trained_.layers[at].as<graph::Conv>();
    if (conv == nullptr || conv->weights.values.size() != channels) {
      diagnostics_.add(trained_.input().where, "no batch norm '" + name + "' to start from");
      return;
    }
    Folded f{name, norm.epsilon, trained_.layers[at].inputs.front(), conv->weights.values, conv->bias.values,
             {}};
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
