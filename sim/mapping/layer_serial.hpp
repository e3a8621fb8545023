// One layer, or crossbar, at a time: `mapping.schedule` (docs/model/mapping.md, "Schedules").
#pragma once

#include <vector>

#include "sim/mapping/stage.hpp"
#include "sim/program/program.hpp"

namespace phasecore::mapping {

/// Which stages run at the same time: the wave of each, counted from 0; -1 where the host does it. A stage is
/// at least one wave behind those that it reads, but for what a layer in crossbars adds to its products,
/// which may come from the same wave: so a projection runs beside its block, wherever their sum is made.
std::vector<int> waves_of(const std::vector<Stage>& stages);

/// Lets tasks start an image wave by wave, all of a wave when all of the wave before have done all firings of
/// that image, and those of the first wave when the image before is done. For each wave a task of the host is
/// added, of layer `layer`, and signals (T24) from the tasks that it waits for and to those that it starts.
/// `waves`: tasks on cores; none is empty.
void run_in_waves(program::Program& program, const std::vector<std::vector<int>>& waves, int layer);

}  // namespace phasecore::mapping
