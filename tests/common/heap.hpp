// The heap of a test program, which counts what it is asked for and can be told to be used up: a limit of the
// system would stop sanitizers, too.
#pragma once

namespace phasecore::test {

extern bool memory_is_left;
extern long long allocations;  ///< so far

}  // namespace phasecore::test
