// A whole training run: settings and data in, checkpoints, progress and an ONNX file out.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace phasecore::train {

struct RunOptions {
  std::string recipe;                    ///< TRAIN.yaml
  std::vector<std::string> assignments;  ///< "key.path=value"
  bool resume = false;
  std::string output;  ///< "" = NAME.onnx, NAME from the recipe
};

/// FILE.onnx -> FILE.loss.csv.
std::string loss_file(const std::string& output);

/// Trains, exports, reads the file back and checks it. One JSON object per line on `progress`:
///   {"epoch", "epochs", "learning_rate", "loss", "validation_accuracy", "noisy_validation_accuracy",
///   "eta_s"}  each epoch
///   {"output", "parameters", "validation_accuracy", "test_accuracy"} at the end
/// Throws InputError (settings, data, checkpoint), EnvironmentError (files), InternalError when the ONNX file
/// read back does not classify like the trained network.
void run(const RunOptions& options, std::ostream& progress);

}  // namespace phasecore::train
