#include "models/train/transfer.hpp"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>

#include "common/diagnostics.hpp"
#include "models/graph/infer.hpp"
#include "models/train/quantile.hpp"

namespace phasecore::train {

using graph::Layer;
using graph::Network;
using graph::Op;
using torch::Tensor;

namespace {

constexpr int images_at_once = 100;

graph::Tensor to_graph_tensor(const Tensor& tensor) {
  const Tensor dense = tensor.detach().contiguous();
  graph::Tensor out;
  for (const auto size : dense.sizes()) out.shape.push_back(static_cast<int>(size));
  out.values.assign(dense.data_ptr<float>(), dense.data_ptr<float>() + dense.numel());
  return out;
}

/// Adds the layers of a ResNet-8 to a network, one after the other.
class Writer {
 public:
  explicit Writer(ResNet8& from) : from_(from) {}

  int append(Op op, const std::string& name, std::vector<int> inputs) {
    Layer layer;
    layer.op = op;
    layer.name = name;
    layer.inputs = std::move(inputs);
    into_.layers.push_back(std::move(layer));
    return static_cast<int>(into_.layers.size()) - 1;
  }

  int unit(const std::string& name, int input) {
    const Unit& u = from_.unit(name);
    Layer& conv = into_.layers[append(Op::Conv, name, {input})];
    conv.weights = to_graph_tensor(u.weight);
    graph::Window& w = conv.window;
    w.kernel_h = w.kernel_w = static_cast<int>(u.weight.size(2));
    w.stride_h = w.stride_w = u.stride;
    w.pad_top = w.pad_left = w.pad_bottom = w.pad_right = w.kernel_h / 2;
    const int at = append(Op::BatchNorm, name + ".norm", {static_cast<int>(into_.layers.size()) - 1});
    Layer& norm = into_.layers[at];
    norm.scale = to_graph_tensor(u.scale);
    norm.bias = to_graph_tensor(u.offset);
    norm.mean = to_graph_tensor(u.mean);
    norm.variance = to_graph_tensor(u.variance);
    norm.epsilon = static_cast<float>(ResNet8::batch_norm_epsilon);
    return at;
  }

  Network run(const Settings& settings, const graph::Shape& input_shape) {
    into_.name = settings.name;
    int x = append(Op::Input, "input", {});
    into_.layers[x].shape = input_shape;
    x = append(Op::Relu, "stem.relu", {unit("stem", x)});
    for (int b = 0; b < ResNet8::blocks; ++b) {
      const std::string block = "block" + std::to_string(b + 1);
      int y = append(Op::Relu, block + ".relu1", {unit(block + ".conv1", x)});
      y = unit(block + ".conv2", y);
      const int skip = from_.has_shortcut(b) ? unit(block + ".shortcut", x) : x;
      x = append(Op::Relu, block + ".relu2", {append(Op::Add, block + ".add", {y, skip})});
    }
    x = append(Op::Flatten, "flatten", {append(Op::GlobalAveragePool, "pool", {x})});
    x = append(Op::Gemm, "classifier", {x});
    into_.layers[x].weights = to_graph_tensor(from_.classifier_weight());
    into_.layers[x].bias = to_graph_tensor(from_.classifier_bias());
    into_.outputs = {x};
    into_.metadata["phasecore.recipe"] = common::dump_fields(settings);
    return graph::build(std::move(into_));
  }

 private:
  ResNet8& from_;
  Network into_;
};

void add_ranges(Network& network, const data::Dataset& calibration) {
  const int images = calibration.size();
  std::vector<AbsoluteQuantile> quantiles;
  for (const Layer& layer : network.layers)
    quantiles.emplace_back(range_share, static_cast<std::size_t>(graph::volume(layer.shape)) * images);
  for (int begin = 0; begin < images; begin += images_at_once) {
    const int end = std::min(images, begin + images_at_once);
    const auto outputs = graph::infer_all(network, calibration.batch(begin, end));
    for (std::size_t i = 0; i < outputs.size(); ++i)
      quantiles[i].add(outputs[i].values.data(), outputs[i].values.size());
  }
  for (std::size_t i = 0; i < quantiles.size(); ++i)
    network.ranges[network.layers[i].name] = std::max(quantiles[i].value(), 1e-6);
}

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

void copy_into(const graph::Tensor& from, const Tensor& into, const std::string& what,
               const common::Location& where, common::Diagnostics& diagnostics) {
  const graph::Shape wanted(into.sizes().begin(), into.sizes().end());
  if (from.shape != wanted) {
    diagnostics.add(where, what + " has shape " + graph::to_string(from.shape) + "; expected " +
                               graph::to_string(wanted));
    return;
  }
  const std::vector<int64_t> sizes(wanted.begin(), wanted.end());
  Tensor(into).copy_(torch::tensor(from.values).view(sizes));
}

}  // namespace

Network to_graph(ResNet8& network, const Settings& settings, const data::Dataset& calibration) {
  Network folded = graph::fold_batch_norm(Writer(network).run(settings, calibration.shape));
  add_ranges(folded, calibration);
  return folded;
}

void start_from(const Network& folded, const data::Dataset& calibration, ResNet8& network) {
  torch::NoGradGuard no_grad;
  common::Diagnostics diagnostics;
  const common::Location place = folded.input().where;
  const auto layer_called = [&](const std::string& name) -> const Layer* {
    const int at = folded.find(name);
    if (at < 0)
      diagnostics.add(place, "no layer '" + name +
                                 "' to start from; expected a ResNet-8 made by "
                                 "phasecore-train");
    return at < 0 ? nullptr : &folded.layers[at];
  };
  if (folded.input().shape != calibration.shape)
    diagnostics.add(place, "the input is " + graph::to_string(folded.input().shape) + "; the data has " +
                               graph::to_string(calibration.shape));
  for (const Unit& u : network.units())
    if (const Layer* layer = layer_called(u.name)) {
      copy_into(layer->weights, u.weight, "'" + u.name + "': weights", layer->where, diagnostics);
      copy_into(layer->bias, u.offset, "'" + u.name + "': bias", layer->where, diagnostics);
    }
  if (const Layer* layer = layer_called("classifier")) {
    copy_into(layer->weights, network.classifier_weight(), "'classifier': weights", layer->where,
              diagnostics);
    copy_into(layer->bias, network.classifier_bias(), "'classifier': bias", layer->where, diagnostics);
  }
  diagnostics.raise_if_any();

  // scale * (sum - mean) / sqrt(variance + epsilon) + offset has to equal sum + bias, where sum + bias has
  // the moments m, v of the folded layer's output: variance = v, scale = sqrt(v + epsilon), mean = m - bias,
  // offset = m.
  const auto moments = channel_moments(folded, calibration);
  for (const Unit& u : network.units()) {
    const Moments& m = moments[folded.find(u.name)];
    for (std::size_t c = 0; c < m.mean.size(); ++c) {
      const int channel = static_cast<int>(c);
      const double bias = u.offset[channel].item<double>();
      u.mean[channel] = m.mean[c] - bias;
      u.variance[channel] = m.variance[c];
      u.scale[channel] = std::sqrt(m.variance[c] + ResNet8::batch_norm_epsilon);
      u.offset[channel] = m.mean[c];
    }
  }
}

double accuracy(const Network& network, const data::Dataset& dataset) {
  int correct = 0;
  for (int begin = 0; begin < dataset.size(); begin += images_at_once) {
    const int end = std::min(dataset.size(), begin + images_at_once);
    const graph::Batch logits = graph::infer(network, dataset.batch(begin, end)).front();
    const auto classes = static_cast<std::size_t>(graph::volume(logits.shape));
    for (int i = begin; i < end; ++i) {
      const auto first = logits.values.begin() + (i - begin) * classes;
      correct += std::max_element(first, first + classes) - first == dataset.labels[i];
    }
  }
  return static_cast<double>(correct) / dataset.size();
}

}  // namespace phasecore::train
