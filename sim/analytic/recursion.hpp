// The timing rules (docs/model/timing.md) as a recursion over visits: each start is a maximum of times that
// are already known. Links are free, buffers in the network unlimited.
#pragma once

#include <vector>

#include "sim/program/program.hpp"

namespace phasecore::analytic {

using program::Picoseconds;

/// When what a visit waits for, beside units and registers, is there (0: waits for nothing).
struct Waits {
  Picoseconds input = 0;        ///< tokens that are no partial sums
  Picoseconds partial_sum = 0;  ///< tokens that are
  Picoseconds credit = 0;       ///< last visit: places for all its packets
};

/// Times of one visit of every firing, by firing of the run.
struct VisitTimes {
  std::vector<Picoseconds> start, end;
  /// Of the last visit, and of one that waits for partial sums; empty of others, which wait for input alone.
  std::vector<Waits> waits;
};

/// Times of every firing of one task. Host tasks have one visit that takes no time.
struct TaskTimes {
  std::vector<VisitTimes> visits;
  /// End of injection of the last packet of the firing and of those before it on the core.
  std::vector<Picoseconds> injected;
  /// Of every packet in order: when the injection port works (host tasks: when the host link does).
  std::vector<Picoseconds> inject_start, inject_end;
  std::vector<int> inject_stream;

  const std::vector<Picoseconds>& ends() const { return visits.back().end; }
};

/// Times of every token of one stream, by token of the run; the initial ones are there at 0.
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
