// Blocks of a race: means over a few images each, so that two candidates can be compared pair by pair without
// keeping every answer.
#pragma once

#include <string>
#include <vector>

#include "nas/evaluate/evaluator.hpp"
#include "sim/monte_carlo/statistics.hpp"

namespace phasecore::evaluate {

/// Means are as good as normal from so many on, and their spread is known well enough.
constexpr int kRaceBlocks = 16;

/// "accuracy@1d#3"
std::string block_figure(const std::string& figure, int block);
bool is_block_figure(const std::string& figure);

/// Adds the mean of each of the kRaceBlocks runs of images, over all instances. The number of images has to
/// be a multiple of that.
void add_blocks(figures::Figures& into, const std::string& figure, const monte_carlo::Outcomes& outcomes);

/// The blocks that add_blocks() wrote; empty where there are none.
std::vector<double> blocks_of(const figures::Figures& figures, const std::string& figure);

}  // namespace phasecore::evaluate
