// One training run: state, one epoch at a time, checkpoints that continue bit for bit.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "models/data/dataset.hpp"
#include "nas/train/forward.hpp"
#include "nas/train/optimizer.hpp"
#include "nas/train/settings.hpp"

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
  /// A new run. `network`: layers and first values, batch norms unfolded. Throws InputError if a file that
  /// the settings name (teacher, device) is not there or does not fit.
  Trainer(const Settings& settings, const TrainingData& data, graph::Network network);

  const graph::Network& network() const { return network_; }
  Parameters& parameters() { return parameters_; }
  int epochs_done() const { return epochs_done_; }
  /// The results of all epochs so far as CSV lines, without a header.
  std::string history() const;

  /// Replaces the random weights by a trained network's (train::start_from).
  void start_from(const graph::Network& trained);

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
  /// The ranges of the learned steps; empty if they are not learned.
  Ranges learned_ranges() const;

  /// The trained network as a file has it.
  graph::Network result();

 private:
  bool needs_ranges() const;
  /// Static ranges of everything that has one over the calibration images. `batch_statistics`: of a network
  /// whose running statistics say nothing yet.
  Ranges calibrate(bool batch_statistics);
  /// Those of the present state: learned, or calibrated now.
  Ranges present_ranges(bool batch_statistics);
  void reset_steps(const Ranges& ranges);
  void keep_steps_positive();

  Rounding rounding() const;
  void clip_weights();
  Pass clean_pass(const Ranges& ranges) const;
  Pass training_pass(int epoch, int batch, const Ranges& ranges) const;
  torch::Tensor loss(const torch::Tensor& images, const torch::Tensor& labels, int epoch, int batch,
                     const Ranges& ranges);
  torch::Tensor teachers_logits(const torch::Tensor& images);
  double noisy_accuracy(const Pass& clean);
  std::vector<std::pair<std::string, torch::Tensor>> tensors() const;

  Settings settings_;
  const TrainingData& data_;
  graph::Network network_;
  Parameters parameters_;
  Steps steps_;  ///< one per range if they are learned
  std::optional<config::Device> device_;
  std::optional<graph::Network> teacher_;
  std::unique_ptr<Parameters> teacher_parameters_;
  std::unique_ptr<Optimizer> optimizer_;
  int epochs_done_ = 0;
  torch::Tensor history_;  ///< {epochs, 4}: what run_epoch() returned
};

}  // namespace phasecore::train
