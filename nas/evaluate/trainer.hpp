// Candidates that are trained: runs phasecore-train, which is a program of its own because it links libtorch
// (docs/training.md), and keeps what it wrote.
#pragma once

#include <string>
#include <vector>

#include "models/graph/network.hpp"

namespace phasecore::evaluate {

struct TrainerSettings {
  std::string recipe;                    ///< TRAIN.yaml; its network is replaced by the candidate's
  std::vector<std::string> assignments;  ///< `--set` on the recipe
  std::string folder;                    ///< trained networks are kept here; created when it is needed
  std::string program;                   ///< "" = phasecore-train beside this program, or on PATH
};

/// "key=text" as `--set` takes it, whatever characters the text has.
std::string assignment(const std::string& key, const std::string& text);

/// Trained networks are files named by a hash of everything they depend on: asked for again - in a later
/// fidelity step, by another process, after an interruption - they are read. Beside each one its log
/// (NAME.jsonl, one line per epoch; NAME.err), and while it is trained NAME.working.*: an interrupted
/// training continues from its checkpoint. The recipe is read once; a copy of it is what the trainer gets.
/// Two processes must not train the same network at the same time.
class Trainer {
 public:
  /// Throws InputError when there is no such recipe, EnvironmentError when there is no phasecore-train.
  explicit Trainer(TrainerSettings settings);

  /// The layers of `network` (its weights do not matter), trained as the recipe says from its seed. Folded.
  /// Throws InputError when the program refuses the recipe, EnvironmentError when it cannot run, is killed,
  /// or cannot write; InternalError when it breaks.
  graph::Network train(const graph::Network& network) const;

  /// What fine_tune() changes in the recipe, as `--set` takes it.
  static std::vector<std::string> fine_tuning(int epochs);

  /// The same layers trained for `epochs` more from the weights of `start` (folded or not), with the recipe's
  /// other settings, but without its warm-up and noise ramp, which are for random weights: front members of a
  /// supernet search.
  graph::Network fine_tune(const graph::Network& network, const graph::Network& start, int epochs) const;

 private:
  graph::Network trained(const graph::Network& network, const graph::Network* start,
                         const std::vector<std::string>& more) const;

  TrainerSettings settings_;
  std::string recipe_text_;
};

}  // namespace phasecore::evaluate
