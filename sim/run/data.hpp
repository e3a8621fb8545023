// The data of a simulation: do they suit the network, and do its answers look as they should?
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/data/dataset.hpp"
#include "models/graph/network.hpp"
#include "sim/monte_carlo/evaluate.hpp"

namespace phasecore::run {

/// Labelled test images and unlabelled-use calibration images of one data set.
struct Data {
  data::Dataset test, calibration;
};

/// What somebody says a network's float accuracy is.
struct Promise {
  double accuracy = 0;  ///< fraction 0..1
  std::string from;     ///< "its card models/zoo/resnet8.md"
};

/// Throws InputError where the images are not what the network reads, or it does not answer with a value for
/// each class.
void check_data(const graph::Network& network, const Data& data);

/// "pixels / 255, less the mean 0.286, over the deviation 0.353 (the set's own)"
std::string normalisation_text(const data::Dataset& set);

/// In plain words what is odd about the float network's answers: they are no better than guessing, they miss
/// a promise, the images are not of all classes. The rules stand in docs/data.md.
std::vector<std::string> answer_warnings(const graph::Network& network, const data::Dataset& test,
                                         double float_accuracy, const std::optional<Promise>& promise);

}  // namespace phasecore::run
