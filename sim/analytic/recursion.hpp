// The timing rules of program.hpp as a recursion over loads, multiplications and digital steps: each is a
// maximum of times that are already known. Links are free, buffers in the network unlimited.
#pragma once

#include <vector>

#include "sim/program/program.hpp"

namespace phasecore::analytic {

using program::Picoseconds;

/// When what a firing's digital step waits for is there (0: waits for nothing).
struct Waits {
  Picoseconds input = 0;        ///< Digital tokens that are no partial sums
  Picoseconds partial_sum = 0;  ///< Digital tokens that are
  Picoseconds credit = 0;       ///< places for all its packets
};

/// Times of every firing of one task, by firing of the run. Host tasks fill digital_start = digital_end only.
struct TaskTimes {
  std::vector<Picoseconds> load_start, load_end, mvm_start, mvm_end, digital_start, digital_end;
  std::vector<Picoseconds> injected;  ///< end of injection of the firing's last packet
  std::vector<Waits> waits;           ///< of core tasks
  /// Of every packet in order: when the injection port works (host tasks: when the host link does).
  std::vector<Picoseconds> inject_start, inject_end;
  std::vector<int> inject_stream;
};

/// Times of every token of one stream, by token of the run.
struct StreamTimes {
  std::vector<Picoseconds> there;    ///< a firing may use it: last flit, or head when streaming
  std::vector<Picoseconds> arrival;  ///< last flit
  std::vector<Picoseconds> free;     ///< its place in the receiver's buffer is free
};

struct Times {
  std::vector<TaskTimes> tasks;
  std::vector<StreamTimes> streams;
};

/// Throws InternalError naming every task that waits when the program cannot finish.
Times recursion(const program::Program& program, const program::Platform& platform, int images);

}  // namespace phasecore::analytic
