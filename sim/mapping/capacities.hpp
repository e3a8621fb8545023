// How many tokens every buffer holds, so that finite memory cannot deadlock. Inside mapping/ only.
#pragma once

#include <vector>

#include "sim/config/chip.hpp"
#include "sim/mapping/mapping.hpp"
#include "sim/program/program.hpp"

namespace phasecore::mapping {

/// For each stream the most tokens its buffer holds when every task fires only when the sink needs it or its
/// turn on a shared core comes, one firing at a time. With at least these capacities no run can deadlock:
/// docs/model/timing.md, "Deadlock".
std::vector<int> least_capacities(const program::Program& program);

/// Gives every core that tasks share their order, and every stream its capacity. A core with memory shares
/// what is left beyond the least capacities among its buffers in proportion to what they lack to a whole
/// image (to one more, where layers share out their pixels); registers (no memory, or streamed partial sums)
/// hold two tokens; the host holds four images. Throws InputError with the table of the cores whose memory is
/// too small.
void set_orders_and_capacities(program::Program& program, const program::Platform& platform,
                               const config::Chip& chip, const Mapping& mapping);

}  // namespace phasecore::mapping
