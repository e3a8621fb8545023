// Digital layers whose channels several cores share: each stage computes some of them, and who reads the
// layer reads their outputs side by side.
#pragma once

#include <vector>

#include "sim/config/chip.hpp"
#include "sim/mapping/stage.hpp"

namespace phasecore::mapping {

/// The most parts that a stage's channels can be cut into (of attention its heads): 1 for what is in
/// crossbars, what needs several channels at once, what shares a core with its reader, and the last stage.
int most_channel_parts(const std::vector<Stage>& stages, int s);

/// The fewest into which it must be cut: cores hold what so many units need at once as fits their memory.
int least_channel_parts(const Stage& stage, const config::Chip& chip);

/// The most that serve: more send the readers packets of less than half a flit, and the network takes longer
/// than the units gain.
int useful_channel_parts(int channels, const config::Chip& chip);

/// Cuts stage `s` into `parts`, as even as can be: they become stages s to s + parts - 1.
void split_channels(std::vector<Stage>& stages, int s, int parts);

}  // namespace phasecore::mapping
