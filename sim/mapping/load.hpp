// What a program's tasks ask of each core: the closed forms of the interval.
#pragma once

#include <vector>

#include "sim/program/program.hpp"

namespace phasecore::mapping {

struct Loads {
  /// Per core, time that an image takes at least: for each task its firings times that of its busiest unit.
  std::vector<common::Picoseconds> cores;
  int busiest = 0;  ///< the core with the most, of several the first
  common::Picoseconds interval_ps() const { return cores.empty() ? 0 : cores[busiest]; }
};
Loads loads(const program::Program& program, int cores);

/// What an image takes at least where tasks run in waves, one wave after the other (BuiltProgram::waves):
/// that of the core with the most in each wave, added up.
common::Picoseconds interval_of_waves(const program::Program& program,
                                      const std::vector<std::vector<int>>& waves);

/// A task's part of it.
common::Picoseconds load_of(const program::Task& task);

}  // namespace phasecore::mapping
