// How long one image takes in an empty chip, and which allocation makes that short: for the objective
// `latency`.
#pragma once

#include <optional>
#include <vector>

#include "sim/mapping/allocate.hpp"

namespace phasecore::mapping {

/// The stages that a stage reads, its first input's first.
using Sources = std::vector<int>;
std::vector<Sources> sources_of(const std::vector<Stage>& stages);

/// How stages follow each other: as their pixels come, or wave by wave (mapping.schedule, layer_serial.hpp).
enum class Following { Pixels, Waves };

/// From the first firing of all to the last of the last stage, as if each stage's outputs came evenly. An
/// estimate: packets take no time, and of several inputs the first sets the pace.
common::Picoseconds latency_ps(const LayerOptions& layers, const std::vector<Choice>& choices,
                               const std::vector<Sources>& sources, Following following = Following::Pixels);

/// From the fewest cores for an interval on, the step (another option or more replicas of one layer) that
/// saves most time per core is taken until none fits or helps; the best over a row of intervals, none longer
/// than `limit`. Nothing where not even the fewest cores fit.
std::optional<Allocation> least_latency(const LayerOptions& layers, int cores,
                                        const std::vector<Sources>& sources, common::Picoseconds limit,
                                        Following following = Following::Pixels);

}  // namespace phasecore::mapping
