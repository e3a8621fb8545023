// What the front members leave behind beside their figures: networks, and a full report of the knee.
#pragma once

#include <map>
#include <string>

#include "nas/search/search.hpp"
#include "sim/run/chip_runner.hpp"

namespace phasecore::search {

/// "front/<id>/network.onnx" of every front member -> its content, and "front/<id>/fine-tuned.onnx" where it
/// was trained further. Empty for evaluators without networks.
std::map<std::string, std::string> front_networks(const Problem& problem, const Result& result);

/// What `phasecore simulate` writes about the knee, on test images with the final effort: "knee/report.json",
/// "knee/report.txt", "knee/layers.csv". Empty for evaluators without networks, or without a front.
std::map<std::string, std::string> knee_report(const Problem& problem, const Result& result,
                                               run::ChipRunner& chips, int workers);

}  // namespace phasecore::search
