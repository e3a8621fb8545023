// Random programs for every engine: layers of one core or of chains with partial sums, windows, pools,
// fan-out, skips, host relays, on random structures. Keyed: the same seed gives the same program everywhere.
#pragma once

#include <cstdint>

#include "sim/program/program.hpp"

namespace phasecore::test {

struct RandomOptions {
  bool mesh = true;        ///< else dedicated links and a host link per core
  bool contended = false;  ///< packets meet on links and buffers are tight; else nobody ever waits for a link
};

struct RandomProgram {
  program::Structure structure;
  program::Program program;
  int images = 1;  ///< run it with this many; whether it contends depends on it
};

/// A program that passes program::check() and can finish. Throws InternalError if none of many attempts has
/// the asked-for property.
RandomProgram random_program(std::uint64_t seed, const RandomOptions& options);

}  // namespace phasecore::test
