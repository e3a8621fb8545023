// Random programs for every engine: layers of one core or of chains with partial sums, windows, pools,
// fan-out, skips, host relays, on random platforms. Keyed: the same seed gives the same program everywhere.
#pragma once

#include <cstdint>

#include "layout.hpp"

namespace phasecore::test {

struct RandomOptions {
  bool mesh = true;        ///< else dedicated links and a host link per core
  bool contended = false;  ///< packets meet on links and buffers are tight; else nobody ever waits for a link
  bool torus = false;      ///< instead of the mesh
  int chips = 1;           ///< in a row, each with a mesh or torus
};

struct RandomProgram {
  Layout layout;
  program::Program program;
  int images = 1;                       ///< run it with this many; whether it contends depends on it
  std::vector<std::string> units = {};  ///< of every core, beside the standard ones
  program::Platform platform() const {
    program::Platform platform = layout.platform();
    platform.units.insert(platform.units.end(), units.begin(), units.end());
    platform.least_gap_ps = 2500;  // some gaps are shorter
    return platform;
  }
};

/// A program that passes program::check() and can finish. Throws InternalError if none of many attempts has
/// the asked-for property.
RandomProgram random_program(std::uint64_t seed, const RandomOptions& options);

}  // namespace phasecore::test
