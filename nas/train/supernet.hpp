// Training all networks of a space at once, in shared weights.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "models/data/dataset.hpp"
#include "models/spaces/resnet_elastic.hpp"
#include "nas/train/optimizer.hpp"
#include "nas/train/parameters.hpp"
#include "nas/train/supernet_settings.hpp"

namespace phasecore::train {

struct WatchedResult {
  std::string genes;
  double accuracy = 0;        ///< clean
  double noisy_accuracy = 0;  ///< with one draw of the training's weight noise per batch
};

struct SupernetEpoch {
  int epoch = 0;  ///< counts from 1
  double learning_rate = 0;
  double largest_loss = 0;  ///< mean over the steps
  double random_loss = 0;
  std::vector<WatchedResult> watched;
};

class SupernetTrainer {
 public:
  /// Throws InputError for genotypes that do not exist in the space.
  SupernetTrainer(const SupernetSettings& settings, const spaces::ResnetElastic& space,
                  const data::Dataset& training, const data::Dataset& validation);

  /// Takes the weights of a supernet trained before. Throws InputError naming every layer that is missing or
  /// differs in shape.
  void start_from(const graph::Network& trained);

  int epochs_done() const { return epochs_done_; }
  /// CSV: a line of names, then epoch, learning rate, losses and the accuracies of the watched networks of
  /// every epoch done, those before a restore included.
  std::string history() const;
  int steps_per_epoch() const { return training_.size() / settings_.batch_size; }
  SupernetEpoch run_epoch(const std::function<void(int)>& on_step);

  /// Everything the rest of the run depends on, and the settings as text; and back (InputError if it is
  /// broken or was made with other settings).
  std::string checkpoint() const;
  void restore(const std::string& bytes, const std::string& name);

  /// The supernet with the trained weights. Its batch norms have no statistics of their own: they depend on
  /// the network that is cut out.
  graph::Network network() const;
  /// Accuracy of one network of the space, batch norms with the statistics of the batches (500 images).
  WatchedResult watch(const spaces::Genes& genes, const data::Dataset& images, int count) const;

 private:
  std::vector<spaces::Genes> members_of_step(int step) const;
  void update(int step, double learning_rate);
  std::vector<std::pair<std::string, torch::Tensor>> tensors() const;

  SupernetSettings settings_;
  const spaces::ResnetElastic& space_;
  const data::Dataset& training_;
  const data::Dataset& validation_;
  std::vector<spaces::Genes> largest_, smallest_, watched_;
  graph::Network supernet_;
  mutable Parameters parameters_;
  Optimizer optimizer_;
  int epochs_done_ = 0;
  torch::Tensor history_;  ///< {epochs, 3 + 2 * watched}: what run_epoch() returned
};

}  // namespace phasecore::train
