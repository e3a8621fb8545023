#include "models/train/trainer.hpp"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "models/train/batches.hpp"
#include "models/train/quantile.hpp"
#include "models/train/random.hpp"
#include "models/train/transfer.hpp"

namespace phasecore::train {

using torch::Tensor;

namespace {

at::Generator generator(int seed, Choice choice, int major = 0, int minor = 0) {
  return at::detail::createCPUGenerator(key_of(seed, choice, major, minor));
}

/// Images [begin, end) as {N, C, H, W}, without a copy.
Tensor images_of(const data::Dataset& dataset, int begin, int end) {
  const auto& s = dataset.shape;
  auto* first = const_cast<float*>(dataset.images.data() + begin * graph::volume(s));
  return torch::from_blob(first, {end - begin, s[0], s[1], s[2]}, torch::kFloat32);
}

constexpr int inference_batch = 200;

constexpr char other_settings[] =
    "the checkpoint was made with other settings; give the same ones, or start again without --resume";

[[noreturn]] void refuse(const std::string& checkpoint, const std::string& why) {
  common::Diagnostics diagnostics;
  diagnostics.add({checkpoint}, why);
  throw common::InputError(diagnostics.list());
}

}  // namespace

Trainer::Trainer(const Settings& settings, const TrainingData& data)
    : settings_(settings),
      data_(data),
      network_(data.training.shape[0], settings.channels, data.training.classes,
               generator(settings.seed, Choice::InitialWeights)) {
  for (const auto& p : network_.trainable()) momentum_.push_back(torch::zeros_like(p));
}

double Trainer::learning_rate(int step, int steps_per_epoch) const {
  const double done = static_cast<double>(step) / steps_per_epoch;  // epochs
  if (done < settings_.warmup_epochs) return settings_.learning_rate * done / settings_.warmup_epochs;
  const double rest = (done - settings_.warmup_epochs) / (settings_.epochs - settings_.warmup_epochs);
  return settings_.learning_rate * 0.5 * (1 + std::cos(M_PI * rest));
}

Pass Trainer::training_pass(int epoch, int batch, const Ranges* ranges) const {
  const Hardware& hw = settings_.hardware;
  const double ramp = epoch < hw.noise_ramp_epochs ? (epoch + 1.0) / (hw.noise_ramp_epochs + 1.0) : 1;
  Pass pass;
  pass.training = true;
  pass.reference = hw.weight_reference;
  pass.weight_noise = hw.weight_noise * ramp;
  pass.output_noise = hw.output_noise * ramp;
  pass.activation_bits = hw.activation_bits.value_or(0);
  pass.noise = generator(settings_.seed, Choice::Noise, epoch, batch);
  pass.ranges = ranges;
  return pass;
}

/// Stochastic gradient descent with Nesterov momentum, as torch.optim.SGD computes it.
void Trainer::step(double learning_rate) {
  torch::NoGradGuard no_grad;
  const auto parameters = network_.trainable();
  const auto decayed = network_.crossbar_weights().size();  // they come first
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    Tensor parameter = parameters[i];
    Tensor gradient = parameter.grad();
    if (i < decayed) gradient.add_(parameter, settings_.weight_decay);
    momentum_[i].mul_(settings_.momentum).add_(gradient);
    parameter.add_(gradient.add_(momentum_[i], settings_.momentum), -learning_rate);
    parameter.mutable_grad().reset();
  }
}

void Trainer::clip_weights() {
  if (!settings_.hardware.weight_clip_sigma) return;
  torch::NoGradGuard no_grad;
  for (Tensor weight : network_.crossbar_weights()) {
    const Tensor limit =
        spread(weight, settings_.hardware.weight_reference) * *settings_.hardware.weight_clip_sigma;
    weight.copy_(torch::minimum(torch::maximum(weight, -limit), limit));
  }
}

void Trainer::start_from(const graph::Network& folded) {
  train::start_from(folded, data_.calibration, network_);
}

int Trainer::batches_per_epoch() const {
  return data_.training.size() / settings_.batch_size;
}

EpochResult Trainer::run_epoch(const std::function<void(int)>& on_batch) {
  const int epoch = epochs_done_;
  const EpochBatches batches(data_.training, settings_, epoch);
  Ranges ranges;
  if (settings_.hardware.activation_bits || settings_.hardware.output_noise > 0) ranges = calibrate();

  const auto& shape = data_.training.shape;
  Tensor images = torch::empty({settings_.batch_size, shape[0], shape[1], shape[2]});
  Tensor labels = torch::empty({settings_.batch_size}, torch::kInt64);
  EpochResult result;
  for (int b = 0; b < batches.count(); ++b) {
    batches.fill(b, images.data_ptr<float>(), labels.data_ptr<std::int64_t>());
    const Tensor logits = network_.forward(images, training_pass(epoch, b, &ranges));
    const Tensor loss = torch::nn::functional::cross_entropy(
        logits, labels,
        torch::nn::functional::CrossEntropyFuncOptions().label_smoothing(settings_.label_smoothing));
    loss.backward();
    result.learning_rate = learning_rate(epoch * batches.count() + b, batches.count());
    step(result.learning_rate);
    clip_weights();
    result.loss += loss.item<double>();
    on_batch(b + 1);
  }
  ++epochs_done_;

  if (!ranges.empty()) ranges = calibrate();
  Pass clean;
  clean.activation_bits = settings_.hardware.activation_bits.value_or(0);
  clean.ranges = &ranges;
  result.epoch = epochs_done_;
  result.loss /= batches.count();
  result.validation_accuracy = accuracy(data_.validation, data_.validation.size(), clean);
  result.noisy_validation_accuracy = noisy_accuracy(clean);
  return result;
}

double Trainer::noisy_accuracy(const Pass& clean) {
  const NoisyValidation& watched = settings_.noisy_validation;
  double sum = 0;
  for (int instance = 0; instance < watched.instances; ++instance) {
    Pass noisy = clean;
    noisy.weight_noise = watched.weight_noise;
    noisy.reference = settings_.hardware.weight_reference;
    noisy.noise = generator(settings_.seed, Choice::Validation, instance);  // the same errors in every epoch
    sum += accuracy(data_.validation, std::min(watched.images, data_.validation.size()), noisy);
  }
  return watched.instances > 0 ? sum / watched.instances : 0;
}

double Trainer::accuracy(const data::Dataset& dataset, int images, const Pass& pass) {
  torch::NoGradGuard no_grad;
  // One draw of weight errors holds for all images: every batch sees the generator as it was at the start.
  const at::Generator start = pass.noise.defined() ? pass.noise.clone() : at::Generator();
  int correct = 0;
  for (int begin = 0; begin < images; begin += inference_batch) {
    const int end = std::min(images, begin + inference_batch);
    Pass batch_pass = pass;
    if (start.defined()) batch_pass.noise = start.clone();
    const Tensor best = network_.forward(images_of(dataset, begin, end), batch_pass).argmax(1);
    for (int i = begin; i < end; ++i) correct += best[i - begin].item<int>() == dataset.labels[i];
  }
  return static_cast<double>(correct) / images;
}

Ranges Trainer::calibrate() {
  torch::NoGradGuard no_grad;
  const int images = data_.calibration.size();
  std::map<std::string, AbsoluteQuantile> quantiles;
  Pass pass;
  pass.observe = [&](const std::string& name, const Tensor& x) {
    const auto per_image = static_cast<std::size_t>(x.numel() / x.size(0));
    auto& quantile = quantiles.try_emplace(name, range_share, per_image * images).first->second;
    const Tensor flat = x.contiguous();
    quantile.add(flat.data_ptr<float>(), flat.numel());
  };
  for (int begin = 0; begin < images; begin += inference_batch)
    network_.forward(images_of(data_.calibration, begin, std::min(images, begin + inference_batch)), pass);
  Ranges ranges;
  for (auto& [name, quantile] : quantiles) ranges[name] = std::max(quantile.value(), 1e-6);
  return ranges;
}

std::vector<std::pair<std::string, Tensor>> Trainer::tensors() const {
  auto all = network_.state();
  for (std::size_t i = 0; i < momentum_.size(); ++i)
    all.emplace_back("momentum." + std::to_string(i), momentum_[i]);
  return all;
}

std::string Trainer::checkpoint() const {
  torch::serialize::OutputArchive archive;
  archive.write("settings", c10::IValue(common::dump_fields(settings_)));
  archive.write("epochs_done", c10::IValue(static_cast<std::int64_t>(epochs_done_)));
  for (const auto& [name, tensor] : tensors()) archive.write(name, tensor.detach());
  std::ostringstream bytes;
  archive.save_to(bytes);
  return bytes.str();
}

void Trainer::restore(const std::string& bytes, const std::string& name) {
  torch::NoGradGuard no_grad;
  try {
    std::istringstream stream(bytes);
    torch::serialize::InputArchive archive;
    archive.load_from(stream);
    c10::IValue settings, epochs_done;
    archive.read("settings", settings);
    archive.read("epochs_done", epochs_done);
    if (settings.toStringRef() != common::dump_fields(settings_)) refuse(name, other_settings);
    for (auto& [key, tensor] : tensors()) {
      Tensor stored;
      archive.read(key, stored);
      common::ensure(stored.sizes() == tensor.sizes(), "checkpoint tensor of another shape: " + key);
      tensor.copy_(stored);
    }
    epochs_done_ = static_cast<int>(epochs_done.toInt());
  } catch (const c10::Error&) {
    refuse(name, "not a checkpoint, or a broken one; without --resume it is replaced");
  }
}

}  // namespace phasecore::train
