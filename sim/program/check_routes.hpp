// The ways of packets, apart from the tasks between which they go. Inside program/ only.
#pragma once

#include "sim/program/program.hpp"

namespace phasecore::program {

/// Ways lead from place to place over links that are there, in buffers that hold their packets; they cut
/// through only where nothing stores; and no packets can wait for each other in a circle: among the buffers
/// (of a link and virtual channel) no chain of "what is here has to go there next" closes. A buffer then
/// always comes last that empties into a core or the host, which take what comes. Throws InternalError.
void check_routes(const Program& program, const Platform& platform);

}  // namespace phasecore::program
