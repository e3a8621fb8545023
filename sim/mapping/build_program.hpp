// From a mapping to what the chip executes: tasks, tokens, times, energies.
#pragma once

#include "sim/config/chip.hpp"
#include "sim/mapping/mapping.hpp"
#include "sim/program/program.hpp"

namespace phasecore::mapping {

program::Structure structure_of(const config::Chip& chip);

/// One token per pixel (all channels the consumer needs), per partial-sum vector, per output vector.
/// Program::layers are the stages' names followed by "shared". Which stage and sub-matrix a task is: see
/// TaskOrigin.
struct TaskOrigin {
  int stage = -1;      ///< -1: host source or sink
  int submatrix = -1;  ///< index into Stage::submatrices, -1 for digital and host tasks
};
/// What a stream's token holds: channels [channel_begin, channel_end) of a pixel of `stage` (kNetworkInput:
/// the image).
struct StreamOrigin {
  int stage = kNetworkInput;
  int channel_begin = 0, channel_end = 0;
};
struct BuiltProgram {
  program::Program program;
  std::vector<TaskOrigin> tasks;
  std::vector<StreamOrigin> streams;
};

/// Throws InputError when a buffer does not fit the activation memory (with the table of what needs how
/// much).
BuiltProgram build_program(const Mapping& mapping, const config::Chip& chip);

}  // namespace phasecore::mapping
