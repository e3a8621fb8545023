// Any network as a torch computation, with the errors of analog hardware as options of each pass.
#pragma once

#include <torch/types.h>

#include <string>
#include <vector>

#include "models/graph/network.hpp"
#include "nas/train/parameters.hpp"
#include "nas/train/pass.hpp"

namespace phasecore::train {

/// Largest |weight| of each output column ({C_out, 1, ...}) or of the layer (a scalar).
torch::Tensor largest(const torch::Tensor& weight, Reference reference);

/// Standard deviation about zero (root mean square) of each output column ({C_out, 1, ...}) or of the layer
/// (a scalar). About the mean, a filter of nine weights of one sign would have hardly any, and clipping it
/// again and again would shrink it to nothing.
torch::Tensor spread(const torch::Tensor& weight, Reference reference);

/// images {N, C, H, W} (or {N, F}) -> values of the network's first output. `parameters` may belong to a
/// larger network whose layers have the same names: then parts of them are used, and batch norms keep no
/// running statistics.
///
/// Layers work in steps, as on the chip (models/graph/steps.hpp): rounding and observing happen where a step
/// ends, output noise where the sums of an MVM (with its batch norm) are complete. Ranges are called by the
/// layer that Step::range names, that of the image by the input.
torch::Tensor forward(const graph::Network& network, Parameters& parameters, const torch::Tensor& images,
                      const Pass& pass);

/// What the batch norms see in a training pass over the first `count` of the images. `pass` says how the chip
/// computes; it should have no errors.
NormStatistics clean_statistics(const graph::Network& network, Parameters& parameters,
                                const torch::Tensor& images, int count, Pass pass);

/// Clips weights in place to so many standard deviations about zero of their column or layer. A recurrent
/// layer's {1, rows, values} has a column for every row.
void clip_to_deviations(torch::Tensor weight, Reference reference, double deviations);

/// Names of the ranges that values are rounded with, in the order of their layers: one per step, and the
/// image's; of a recurrent layer also what its gates take, and its state even where its last one leaves the
/// chip as it is.
std::vector<std::string> rounded_layers(const graph::Network& network, const Rounding& rounding);

/// "<layer>.adc" for every layer with converters.
std::vector<std::string> converter_layers(const graph::Network& network);

}  // namespace phasecore::train
