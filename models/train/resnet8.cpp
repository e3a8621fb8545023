#include "models/train/resnet8.hpp"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>

#include "common/diagnostics.hpp"
#include "models/train/hardware_ops.hpp"

namespace phasecore::train {

using torch::Tensor;

namespace {

Unit make_unit(const std::string& name, int in, int out, int kernel, int stride, at::Generator& generator) {
  const auto fan_out = static_cast<double>(out) * kernel * kernel;
  Unit u;
  u.name = name;
  u.stride = stride;
  u.weight = torch::empty({out, in, kernel, kernel}).normal_(0, std::sqrt(2 / fan_out), generator);
  u.weight = u.weight.contiguous(torch::MemoryFormat::ChannelsLast).requires_grad_();
  u.scale = torch::ones({out}).requires_grad_();
  u.offset = torch::zeros({out}).requires_grad_();
  u.mean = torch::zeros({out});
  u.variance = torch::ones({out});
  return u;
}

double range_of(const std::string& activation, const Pass& pass) {
  common::ensure(pass.ranges && pass.ranges->count(activation), "no range for activation " + activation);
  return pass.ranges->at(activation);
}

/// An activation as it leaves the layer: through codes -n..n of a static range; the gradient passes inside
/// the range (straight-through) and is 0 outside.
Tensor emit(const std::string& name, const Tensor& x, const Pass& pass) {
  if (pass.observe) pass.observe(name, x);
  if (pass.activation_bits == 0) return x;
  const int top = (1 << (pass.activation_bits - 1)) - 1;
  return through_codes(x, range_of(name, pass) / top, top);
}

Tensor with_weight_noise(const Tensor& weight, const Pass& pass) {
  if (pass.weight_noise == 0) return weight;
  // A constant of this pass: no gradient flows into the scale of the error.
  return weight + normal_like(weight, pass.weight_noise, pass.noise) * largest(weight, pass.reference);
}

Tensor with_output_noise(const Tensor& x, const std::string& feeds, const Pass& pass) {
  if (pass.output_noise == 0) return x;
  return x + normal_like(x, pass.output_noise * range_of(feeds, pass), pass.noise);
}

}  // namespace

ResNet8::ResNet8(int in_channels, const std::vector<int>& channels, int classes, at::Generator generator) {
  units_.push_back(make_unit("stem", in_channels, channels[0], 3, 1, generator));
  for (int b = 0; b < blocks; ++b) {
    const std::string block = "block" + std::to_string(b + 1);
    const int in = channels[std::max(0, b - 1)];
    const int stride = b == 0 ? 1 : 2;
    units_.push_back(make_unit(block + ".conv1", in, channels[b], 3, stride, generator));
    units_.push_back(make_unit(block + ".conv2", channels[b], channels[b], 3, 1, generator));
    if (b > 0) units_.push_back(make_unit(block + ".shortcut", in, channels[b], 1, stride, generator));
  }
  classifier_weight_ = torch::empty({classes, channels.back()})
                           .normal_(0, 1 / std::sqrt(static_cast<double>(channels.back())), generator)
                           .requires_grad_();
  classifier_bias_ = torch::zeros({classes}).requires_grad_();
}

Unit& ResNet8::unit(const std::string& name) {
  for (auto& u : units_)
    if (u.name == name) return u;
  throw common::InternalError("no unit " + name);
}

bool ResNet8::has_shortcut(int block) const {
  const std::string name = "block" + std::to_string(block + 1) + ".shortcut";
  return std::any_of(units_.begin(), units_.end(), [&](const Unit& u) { return u.name == name; });
}

Tensor ResNet8::convolve(const std::string& unit_name, const Tensor& input, const std::string& feeds,
                         const Pass& pass) {
  Unit& u = unit(unit_name);
  const auto padding = u.weight.size(2) / 2;
  const Tensor sum = torch::conv2d(input, with_weight_noise(u.weight, pass), {}, u.stride, padding);
  const Tensor out = torch::batch_norm(sum, u.scale, u.offset, u.mean, u.variance, pass.training,
                                       /*momentum=*/0.1, batch_norm_epsilon, /*cudnn_enabled=*/false);
  return with_output_noise(out, feeds, pass);
}

Tensor ResNet8::forward(const Tensor& images, const Pass& pass) {
  Tensor x = emit("input", images.contiguous(torch::MemoryFormat::ChannelsLast), pass);
  x = emit("stem.relu", torch::relu(convolve("stem", x, "stem.relu", pass)), pass);
  for (int b = 0; b < blocks; ++b) {
    const std::string block = "block" + std::to_string(b + 1);
    Tensor y = convolve(block + ".conv1", x, block + ".relu1", pass);
    y = emit(block + ".relu1", torch::relu(y), pass);
    y = emit(block + ".conv2", convolve(block + ".conv2", y, block + ".conv2", pass), pass);
    if (has_shortcut(b)) {
      const std::string shortcut = block + ".shortcut";
      x = emit(shortcut, convolve(shortcut, x, shortcut, pass), pass);
    }
    x = emit(block + ".relu2", torch::relu(x + y), pass);
  }
  x = emit("pool", x.mean({2, 3}), pass);
  const Tensor logits = torch::linear(x, with_weight_noise(classifier_weight_, pass), classifier_bias_);
  return emit("classifier", with_output_noise(logits, "classifier", pass), pass);
}

std::vector<Tensor> ResNet8::crossbar_weights() const {
  std::vector<Tensor> out;
  for (const auto& u : units_) out.push_back(u.weight);
  out.push_back(classifier_weight_);
  return out;
}

std::vector<Tensor> ResNet8::trainable() const {
  std::vector<Tensor> out = crossbar_weights();
  for (const auto& u : units_) {
    out.push_back(u.scale);
    out.push_back(u.offset);
  }
  out.push_back(classifier_bias_);
  return out;
}

std::vector<std::pair<std::string, Tensor>> ResNet8::state() const {
  std::vector<std::pair<std::string, Tensor>> out;
  for (const auto& u : units_) {
    out.emplace_back(u.name + ".weight", u.weight);
    out.emplace_back(u.name + ".scale", u.scale);
    out.emplace_back(u.name + ".offset", u.offset);
    out.emplace_back(u.name + ".mean", u.mean);
    out.emplace_back(u.name + ".variance", u.variance);
  }
  out.emplace_back("classifier.weight", classifier_weight_);
  out.emplace_back("classifier.bias", classifier_bias_);
  return out;
}

}  // namespace phasecore::train
