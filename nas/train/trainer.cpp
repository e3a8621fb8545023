#include "nas/train/trainer.hpp"

#include <fmt/format.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>

#include "models/onnx/onnx.hpp"
#include "nas/train/batches.hpp"
#include "nas/train/checkpoint.hpp"
#include "nas/train/losses.hpp"
#include "nas/train/random.hpp"
#include "nas/train/transfer.hpp"

namespace phasecore::train {

using torch::Tensor;

namespace {

at::Generator generator(int seed, Choice choice, int major = 0, int minor = 0) {
  return at::detail::createCPUGenerator(key_of(seed, choice, major, minor));
}

/// Images [begin, end) as {N, C, H, W}, without a copy.
Tensor images_of(const data::Dataset& dataset, int begin, int end) {
  std::vector<std::int64_t> sizes{end - begin};
  sizes.insert(sizes.end(), dataset.shape.begin(), dataset.shape.end());
  auto* first = const_cast<float*>(dataset.images.data() + begin * graph::volume(dataset.shape));
  return torch::from_blob(first, sizes, torch::kFloat32);
}

constexpr int inference_batch = 200;

[[noreturn]] void refuse(const std::string& file, const std::string& why) {
  common::Diagnostics diagnostics;
  diagnostics.add({file}, why);
  throw common::InputError(diagnostics.list());
}

graph::Network read_teacher(const std::string& file, const data::Dataset& data) {
  graph::Network teacher = onnx::read(file);
  const bool fits = teacher.input().shape == data.shape && teacher.outputs.size() == 1 &&
                    teacher.layers[teacher.outputs[0]].shape == graph::Shape{data.classes};
  if (!fits)
    refuse(file, fmt::format("a teacher has to read {} and answer with {} values",
                             graph::to_string(data.shape), data.classes));
  return teacher;
}

}  // namespace

Trainer::Trainer(const Settings& settings, const TrainingData& data, graph::Network network)
    : settings_(settings),
      data_(data),
      network_(std::move(network)),
      parameters_(network_),
      epochs_done_(settings.epochs_before()),
      history_(torch::zeros({settings.epochs, 4}, torch::kFloat64)) {
  network_.ranges.clear();  // those of other weights
  const Hardware& hw = settings_.hardware;
  if (hw.weight_noise_device) device_ = config::load_device(*hw.weight_noise_device);
  if (settings_.teacher) {
    teacher_ = read_teacher(*settings_.teacher, data_.training);
    teacher_parameters_ = std::make_unique<Parameters>(*teacher_);
  }
  std::vector<Tensor> trained = parameters_.trainable();
  if (hw.learned_ranges.value_or(false)) {
    std::vector<std::string> names;
    if (hw.activation_bits) names = rounded_layers(network_, rounding());
    if (hw.adc_bits)
      for (const auto& name : converter_layers(network_)) names.push_back(name);
    for (const auto& name : names) {
      steps_[name] = torch::ones({}).requires_grad_();
      trained.push_back(steps_[name]);
    }
  }
  optimizer_ = std::make_unique<Optimizer>(settings_.optimizer, settings_.momentum, settings_.weight_decay,
                                           trained, parameters_.crossbar_weights().size());
}

void Trainer::start_from(const graph::Network& trained) {
  train::start_from(trained, data_.calibration, network_, parameters_);
}

Rounding Trainer::rounding() const {
  const Hardware& hw = settings_.hardware;
  return {hw.interlayer.value_or(graph::Interlayer::Network), hw.logits_fp16.value_or(true)};
}

Pass Trainer::clean_pass(const Ranges& ranges) const {
  Pass pass;
  pass.reference = settings_.hardware.weight_reference;
  pass.activation_bits = settings_.hardware.activation_bits.value_or(0);
  pass.rounding = rounding();
  pass.tile_rows = settings_.hardware.tile_rows.value_or(0);
  pass.adc_bits = settings_.hardware.adc_bits.value_or(0);
  pass.ranges = &ranges;
  if (!steps_.empty()) pass.learned = &steps_;
  return pass;
}

Pass Trainer::training_pass(int epoch, int batch, const Ranges& ranges) const {
  const Hardware& hw = settings_.hardware;
  const double ramp = epoch < hw.noise_ramp_epochs ? (epoch + 1.0) / (hw.noise_ramp_epochs + 1.0) : 1;
  Pass pass = clean_pass(ranges);
  pass.training = true;
  pass.logits = true;
  pass.products = settings_.products();
  pass.weight_noise = hw.weight_noise * ramp;
  pass.device = device_ ? &*device_ : nullptr;
  pass.drop_connect = hw.drop_connect.value_or(0) * ramp;
  pass.output_noise = hw.output_noise * ramp;
  pass.noise = generator(settings_.seed, Choice::Noise, epoch, batch);
  return pass;
}

void Trainer::clip_weights() {
  const Hardware& hw = settings_.hardware;
  if (!hw.weight_clip_sigma && !hw.weight_clip) return;
  torch::NoGradGuard no_grad;
  for (Tensor weight : parameters_.crossbar_weights()) {
    if (hw.weight_clip) {
      weight.clamp_(-*hw.weight_clip, *hw.weight_clip);
      continue;
    }
    clip_to_deviations(weight, hw.weight_reference, *hw.weight_clip_sigma);
  }
}

int Trainer::batches_per_epoch() const {
  return data_.training.size() / settings_.batch_size;
}

Tensor Trainer::teachers_logits(const Tensor& images) {
  torch::NoGradGuard no_grad;
  Pass pass;
  pass.logits = true;
  return forward(*teacher_, *teacher_parameters_, images, pass);
}

Tensor Trainer::loss(const Tensor& images, const Tensor& labels, int epoch, int batch, const Ranges& ranges) {
  Tensor seen = images;
  double share = 1;
  if (settings_.augmentation.mixup) {
    share =
        mixup_share(*settings_.augmentation.mixup, generator(settings_.seed, Choice::Mixup, epoch, batch));
    seen = blended(images, share);
  }
  Pass pass = training_pass(epoch, batch, ranges);
  NormStatistics statistics;
  if (settings_.hardware.clean_statistics_images) {
    Pass clean = clean_pass(ranges);
    clean.products = pass.products;
    statistics = clean_statistics(network_, parameters_, seen, *settings_.hardware.clean_statistics_images,
                                  std::move(clean));
    pass.track_statistics = false;  // they have followed the clean ones
    pass.statistics = &statistics;
  }
  const Tensor logits = forward(network_, parameters_, seen, pass);
  const Tensor own = blended_cross_entropy(logits, labels, share, settings_.label_smoothing);
  if (!teacher_) return own;
  const double weight = *settings_.teacher_weight;
  return own * (1 - weight) +
         distillation(logits, teachers_logits(seen), *settings_.teacher_temperature) * weight;
}

EpochResult Trainer::run_epoch(const std::function<void(int)>& on_batch) {
  const int epoch = epochs_done_;
  const EpochBatches batches(data_.training, settings_, epoch);
  Ranges ranges;
  if (needs_ranges()) {
    const bool first = epoch == settings_.epochs_before();
    const bool untrained = first && !settings_.start_from;
    if (first) reset_steps(calibrate(untrained));
    ranges = present_ranges(untrained);
  }

  Tensor images = torch::empty(images_of(data_.training, 0, settings_.batch_size).sizes());
  Tensor labels = torch::empty({settings_.batch_size}, torch::kInt64);
  EpochResult result;
  for (int b = 0; b < batches.count(); ++b) {
    batches.fill(b, images.data_ptr<float>(), labels.data_ptr<std::int64_t>());
    const Tensor batch_loss = loss(images, labels, epoch, b, ranges);
    batch_loss.backward();
    const int taken = epoch * batches.count() + b;
    result.learning_rate = learning_rate(static_cast<double>(taken) / batches.count(),
                                         settings_.learning_rate, settings_.warmup_epochs, settings_.epochs);
    optimizer_->step(result.learning_rate, taken - settings_.epochs_before() * batches.count());
    clip_weights();
    keep_steps_positive();
    result.loss += batch_loss.item<double>();
    on_batch(b + 1);
  }
  ++epochs_done_;

  if (needs_ranges()) ranges = present_ranges(false);
  const Pass clean = clean_pass(ranges);
  result.epoch = epochs_done_;
  result.loss /= batches.count();
  result.validation_accuracy = accuracy(data_.validation, data_.validation.size(), clean);
  result.noisy_validation_accuracy = noisy_accuracy(clean);
  const auto row = history_[epoch];
  row[0] = result.learning_rate;
  row[1] = result.loss;
  row[2] = result.validation_accuracy;
  row[3] = result.noisy_validation_accuracy;
  return result;
}

double Trainer::noisy_accuracy(const Pass& clean) {
  const NoisyValidation& watched = settings_.noisy_validation;
  double sum = 0;
  for (int instance = 0; instance < watched.instances; ++instance) {
    Pass noisy = clean;
    noisy.weight_noise = watched.weight_noise;
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
    const Tensor best = forward(network_, parameters_, images_of(dataset, begin, end), batch_pass).argmax(1);
    for (int i = begin; i < end; ++i) correct += best[i - begin].item<int>() == dataset.labels[i];
  }
  return static_cast<double>(correct) / images;
}

graph::Network Trainer::result() {
  return to_graph(network_, parameters_, settings_, data_.calibration, learned_ranges());
}

std::vector<std::pair<std::string, Tensor>> Trainer::tensors() const {
  auto all = parameters_.state();
  all.emplace_back("history", history_);
  for (const auto& [name, step] : steps_) all.emplace_back(name + ".step", step);
  for (auto& [name, tensor] : optimizer_->state()) all.emplace_back("optimizer." + name, tensor);
  return all;
}

std::string Trainer::history() const {
  const auto rows = history_.accessor<double, 2>();
  const bool watched = settings_.noisy_validation.instances > 0;  // else there is no such accuracy, not 0
  std::string lines;
  for (int e = settings_.epochs_before(); e < epochs_done_; ++e)
    lines += fmt::format("{},{},{},{},{}\n", e + 1, rows[e][0], rows[e][1], rows[e][2],
                         watched ? fmt::format("{}", rows[e][3]) : "");
  return lines;
}

std::string Trainer::checkpoint() const {
  return pack_checkpoint(what_decides(settings_), epochs_done_, tensors());
}

void Trainer::restore(const std::string& bytes, const std::string& name) {
  epochs_done_ = unpack_checkpoint(bytes, what_decides(settings_), name, tensors());
  check_leg(epochs_done_, settings_, name);
}

}  // namespace phasecore::train
