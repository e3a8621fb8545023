// The heap of a test program, which can be told to be used up: a limit of the system would stop sanitizers,
// too.
#pragma once

namespace phasecore::test {

extern bool memory_is_left;

}  // namespace phasecore::test
