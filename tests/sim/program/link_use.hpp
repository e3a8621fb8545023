// When packets would be on which link if nothing were in the way: decides whether a program ever contends.
#pragma once

#include "sim/program/program.hpp"

namespace phasecore::test {

/// True if, in a network without any waiting, no two packets are on one link (or in one port of a router) at
/// the same time. Then nobody ever waits in the real network either, buffers large enough provided.
bool nobody_meets(const program::Program& program, const program::Platform& platform, int images);

}  // namespace phasecore::test
