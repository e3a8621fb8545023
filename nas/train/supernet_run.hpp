// A whole training of a supernet: settings and data in, checkpoints, progress, ONNX and YAML out.
#pragma once

#include <iosfwd>

#include "nas/train/run.hpp"

namespace phasecore::train {

/// Writes NAME.onnx (every layer of the space at its largest, batch norms unfolded) and NAME.yaml beside it
/// (the space and the data, for those who cut networks out: nas/supernet). One JSON object per line on
/// `progress`:
///   {"epoch", "epochs", "learning_rate", "largest_loss", "random_loss", "watched": [{"genes", "accuracy",
///   "noisy_accuracy"}], "eta_s"}   each epoch
///   {"output", "parameters"}   at the end
/// Errors as run().
void run_supernet(const RunOptions& options, std::ostream& progress);

}  // namespace phasecore::train
