#include "nas/train/supernet.hpp"

#include <fmt/format.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>

#include "common/random.hpp"
#include "nas/train/batches.hpp"
#include "nas/train/checkpoint.hpp"
#include "nas/train/forward.hpp"
#include "nas/train/random.hpp"
#include "nas/train/reading.hpp"

namespace phasecore::train {

using spaces::Genes;
using torch::Tensor;

namespace {

constexpr int watched_batch = 500;

std::vector<Genes> parse_all(const spaces::Space& space, const std::vector<std::string>& texts) {
  std::vector<Genes> all;
  for (const auto& text : texts) {
    all.push_back(space.parse(text));
    const std::string refusal = space.refusal(all.back());
    if (!refusal.empty()) throw common::InputError("genotype '" + text + "': " + refusal);
  }
  return all;
}

/// What batches need to know.
Settings batch_settings(const SupernetSettings& from) {
  Settings settings;
  settings.seed = from.seed;
  settings.batch_size = from.batch_size;
  settings.augmentation.crop_padding_h_px = settings.augmentation.crop_padding_w_px = from.crop_padding_px;
  settings.augmentation.horizontal_flip = from.horizontal_flip;
  return settings;
}

/// Cross entropy against the teacher's class probabilities.
Tensor distillation_loss(const Tensor& logits, const Tensor& teacher) {
  return -(torch::softmax(teacher, 1) * torch::log_softmax(logits, 1)).sum(1).mean();
}

}  // namespace

SupernetTrainer::SupernetTrainer(const SupernetSettings& settings, const spaces::ResnetElastic& space,
                                 const data::Dataset& training, const data::Dataset& validation)
    : settings_(settings),
      space_(space),
      training_(training),
      validation_(validation),
      largest_(parse_all(space, settings.sandwich.largest)),
      smallest_(parse_all(space, settings.sandwich.smallest)),
      watched_(parse_all(space, settings.watched)),
      supernet_(space.supernet(static_cast<std::uint64_t>(settings.seed))),
      parameters_(supernet_),
      optimizer_(OptimizerKind::Sgd, settings.momentum, settings.weight_decay, parameters_.trainable(),
                 parameters_.crossbar_weights().size()),
      epochs_done_(settings.epochs_before()),
      history_(torch::zeros({settings.epochs, 3 + 2 * static_cast<int>(watched_.size())}, torch::kFloat64)) {}

void SupernetTrainer::start_from(const graph::Network& trained) {
  common::Diagnostics diagnostics;
  for (const graph::Layer& layer : supernet_.layers) {
    const int at = trained.find(layer.name);
    for (const auto& wanted : layer.op().tensors()) {
      if (!wanted.trained || wanted.values->empty()) continue;
      const graph::Tensor* found =
          at < 0 ? nullptr : graph::find_tensor(trained.layers[at].op(), wanted.name);
      if (found == nullptr || found->shape != wanted.values->shape) {
        diagnostics.add(trained.input().where,
                        fmt::format("no layer '{}' with {} {} to start from", layer.name,
                                    graph::to_string(wanted.values->shape), wanted.name));
        continue;
      }
      torch::NoGradGuard no_grad;
      Tensor& into = parameters_.at(layer.name + "." + wanted.name);
      into.copy_(torch::tensor(found->values).view(into.sizes()));
    }
  }
  diagnostics.raise_if_any();
}

std::vector<Genes> SupernetTrainer::members_of_step(int step) const {
  std::vector<Genes> members{largest_[step % largest_.size()]};
  if (!smallest_.empty()) members.push_back(smallest_[step % smallest_.size()]);
  common::RandomKey key;
  key.seed = key_of(settings_.seed, Choice::Members);
  const int draws = settings_.sandwich.draws_per_random;
  for (int r = 0; r < settings_.sandwich.random_networks; ++r) {
    Genes lightest;
    for (int d = 0; d < draws; ++d) {
      const auto number = static_cast<std::uint64_t>(step) * settings_.sandwich.random_networks + r;
      const Genes drawn = space_.sample(key, number * draws + d);
      if (lightest.empty() || space_.macs(drawn) < space_.macs(lightest)) lightest = drawn;
    }
    members.push_back(lightest);
  }
  return members;
}

SupernetEpoch SupernetTrainer::run_epoch(const std::function<void(int)>& on_step) {
  const int epoch = epochs_done_;
  const EpochBatches batches(training_, batch_settings(settings_), epoch);
  const auto& shape = training_.shape;
  Tensor images = torch::empty({settings_.batch_size, shape[0], shape[1], shape[2]});
  Tensor labels = torch::empty({settings_.batch_size}, torch::kInt64);
  const auto label_loss =
      torch::nn::functional::CrossEntropyFuncOptions().label_smoothing(settings_.label_smoothing);
  const double ramp = std::min(1.0, (epoch + 1.0) / (settings_.noise_ramp_epochs + 1.0));
  const double share = settings_.sandwich.distillation;

  SupernetEpoch result;
  long long taught = 0;
  for (int b = 0; b < batches.count(); ++b) {
    batches.fill(b, images.data_ptr<float>(), labels.data_ptr<std::int64_t>());
    Pass pass;
    pass.training = true;
    pass.track_statistics = false;
    pass.products = settings_.products();
    pass.reference = settings_.weight_reference;
    pass.weight_noise = settings_.weight_noise * ramp;
    pass.noise = at::detail::createCPUGenerator(key_of(settings_.seed, Choice::Noise, epoch, b));
    const int step = epoch * batches.count() + b;
    Tensor teacher;
    for (const Genes& genes : members_of_step(step)) {
      const graph::Network network = space_.network(genes, 0);
      NormStatistics statistics;
      if (settings_.clean_statistics_images) {
        Pass clean;
        clean.track_statistics = false;
        clean.products = pass.products;
        statistics =
            clean_statistics(network, parameters_, images, *settings_.clean_statistics_images, clean);
        pass.statistics = &statistics;
      }
      const Tensor logits = forward(network, parameters_, images, pass);
      Tensor loss;
      if (!teacher.defined()) {
        loss = torch::nn::functional::cross_entropy(logits, labels, label_loss);
        teacher = logits.detach();
        result.largest_loss += loss.item<double>();
      } else {
        loss = share * distillation_loss(logits, teacher);
        if (share < 1)
          loss = loss + (1 - share) * torch::nn::functional::cross_entropy(logits, labels, label_loss);
        result.random_loss += loss.item<double>();
        ++taught;
      }
      loss.backward();
    }
    result.learning_rate = learning_rate(static_cast<double>(step) / batches.count(), settings_.learning_rate,
                                         settings_.warmup_epochs, settings_.epochs);
    update(step, result.learning_rate);
    on_step(b + 1);
  }
  result.epoch = ++epochs_done_;
  result.largest_loss /= batches.count();
  result.random_loss /= std::max(1LL, taught);
  for (const Genes& genes : watched_)
    result.watched.push_back(watch(genes, validation_, settings_.watched_images));
  auto rows = history_.accessor<double, 2>();
  int column = 0;
  for (const double value : {result.learning_rate, result.largest_loss, result.random_loss})
    rows[epoch][column++] = value;
  for (const auto& watched : result.watched) {
    rows[epoch][column++] = watched.accuracy;
    rows[epoch][column++] = watched.noisy_accuracy;
  }
  return result;
}

std::string SupernetTrainer::history() const {
  std::string lines = "epoch,learning_rate,largest_loss,random_loss";
  for (std::size_t w = 1; w <= watched_.size(); ++w)
    lines += fmt::format(",watched{0}_accuracy,watched{0}_noisy_accuracy", w);
  lines += "\n";
  const auto rows = history_.accessor<double, 2>();
  for (int e = settings_.epochs_before(); e < epochs_done_; ++e) {
    lines += fmt::format("{}", e + 1);
    for (int c = 0; c < history_.size(1); ++c) lines += fmt::format(",{}", rows[e][c]);
    lines += "\n";
  }
  return lines;
}

void SupernetTrainer::update(int step, double learning_rate) {
  double square = 0;
  for (const Tensor& p : parameters_.trainable())
    if (p.grad().defined()) square += p.grad().square().sum().item<double>();
  const double scale = std::min(1.0, settings_.gradient_limit / (std::sqrt(square) + 1e-12));
  for (const Tensor& p : parameters_.trainable())
    if (p.grad().defined()) p.mutable_grad().mul_(scale);
  std::vector<Tensor> changed;  // what is in none of this step's networks has no gradient
  for (const Tensor& weight : parameters_.crossbar_weights())
    if (weight.grad().defined()) changed.push_back(weight);
  optimizer_.step(learning_rate, step - settings_.epochs_before() * steps_per_epoch());
  if (!settings_.weight_clip_sigma) return;
  for (const Tensor& weight : changed)
    clip_to_deviations(weight, settings_.weight_reference, *settings_.weight_clip_sigma);
}

WatchedResult SupernetTrainer::watch(const Genes& genes, const data::Dataset& images, int count) const {
  torch::NoGradGuard no_grad;
  const graph::Network network = space_.network(genes, 0);
  const auto& s = images.shape;
  const int last = std::min(count, images.size());
  int correct = 0, noisy_correct = 0;
  for (int begin = 0; begin < last; begin += watched_batch) {
    const int end = std::min(last, begin + watched_batch);
    auto* first = const_cast<float*>(images.images.data() + begin * graph::volume(s));
    const Tensor batch = torch::from_blob(first, {end - begin, s[0], s[1], s[2]}, torch::kFloat32);
    Pass pass;
    pass.training = true;
    pass.track_statistics = false;
    pass.reference = settings_.weight_reference;
    const Tensor clean = forward(network, parameters_, batch, pass).argmax(1);
    NormStatistics statistics;
    if (settings_.clean_statistics_images) {
      statistics = clean_statistics(network, parameters_, batch, end - begin, pass);
      pass.statistics = &statistics;
    }
    pass.weight_noise = settings_.weight_noise;
    pass.noise = at::detail::createCPUGenerator(key_of(settings_.seed, Choice::Validation, begin));
    const Tensor noisy = forward(network, parameters_, batch, pass).argmax(1);
    for (int i = begin; i < end; ++i) {
      correct += clean[i - begin].item<int>() == images.labels[i];
      noisy_correct += noisy[i - begin].item<int>() == images.labels[i];
    }
  }
  return {space_.text(genes), static_cast<double>(correct) / last, static_cast<double>(noisy_correct) / last};
}

graph::Network SupernetTrainer::network() const {
  graph::Network network = parameters_.written_into(supernet_);
  network.name = settings_.name;
  network.metadata["phasecore.recipe"] = common::dump_fields(settings_);
  add_input_metadata(settings_, network);
  return network;
}

std::vector<std::pair<std::string, Tensor>> SupernetTrainer::tensors() const {
  auto all = parameters_.state();
  all.emplace_back("history", history_);
  for (auto& moment : optimizer_.state()) all.push_back(std::move(moment));
  return all;
}

std::string SupernetTrainer::checkpoint() const {
  return pack_checkpoint(what_decides(settings_), epochs_done_, tensors());
}

void SupernetTrainer::restore(const std::string& bytes, const std::string& name) {
  epochs_done_ = unpack_checkpoint(bytes, what_decides(settings_), name, tensors());
  check_leg(epochs_done_, settings_, name);
}

}  // namespace phasecore::train
