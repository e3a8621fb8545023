// One training run: state, one epoch at a time, checkpoints that continue bit for bit.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "models/data/dataset.hpp"
#include "models/train/resnet8.hpp"
#include "models/train/settings.hpp"

namespace phasecore::train {

/// The parts that training looks at; the test part is not among them.
struct TrainingData {
  data::Dataset training, calibration, validation;
};

/// What is known after one epoch. Accuracies are fractions.
struct EpochResult {
  int epoch = 0;                         ///< counts from 1
  double learning_rate = 0;              ///< at the epoch's end
  double loss = 0;                       ///< mean over the batches
  double validation_accuracy = 0;        ///< clean
  double noisy_validation_accuracy = 0;  ///< mean over the instances; 0 if robustness is not watched
};

class Trainer {
 public:
  /// A new run: random weights.
  Trainer(const Settings& settings, const TrainingData& data);

  ResNet8& network() { return network_; }
  int epochs_done() const { return epochs_done_; }

  /// Replaces the random weights by a trained network's. Throws InputError if it is not a ResNet-8 of this
  /// shape.
  void start_from(const graph::Network& folded);

  /// Batches of one epoch, and one epoch; `on_batch` is told how many of them are done.
  int batches_per_epoch() const;
  EpochResult run_epoch(const std::function<void(int)>& on_batch);

  /// Everything the rest of the run depends on, and the settings as text.
  std::string checkpoint() const;
  /// Continues from checkpoint(). Throws InputError if it is broken or was made with other settings; `name`
  /// is for the message.
  void restore(const std::string& bytes, const std::string& name);

  /// Share of the images that are classified correctly.
  double accuracy(const data::Dataset& dataset, int images, const Pass& pass);
  /// Static ranges of all activations over the calibration images.
  Ranges calibrate();

 private:
  double learning_rate(int step, int steps_per_epoch) const;
  void step(double learning_rate);
  void clip_weights();
  Pass training_pass(int epoch, int batch, const Ranges* ranges) const;
  double noisy_accuracy(const Pass& clean);
  std::vector<std::pair<std::string, torch::Tensor>> tensors() const;

  Settings settings_;
  const TrainingData& data_;
  ResNet8 network_;
  std::vector<torch::Tensor> momentum_;  ///< one per trainable tensor
  int epochs_done_ = 0;
};

}  // namespace phasecore::train
