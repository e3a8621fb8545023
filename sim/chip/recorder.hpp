// Who is told what happens in a run.
#pragma once

#include <cstdint>

#include "common/units.hpp"

namespace phasecore::chip {

using common::Picoseconds;

/// Modules call it as things end, so what starts earlier may be told later. Of one unit, and of one link,
/// times never overlap and are told in order.
class Recorder {
 public:
  virtual ~Recorder() = default;

  /// A firing has ended one of its visits.
  virtual void visit_ends(int task, int visit, std::int64_t image, Picoseconds start, Picoseconds end) = 0;
  /// From now on a core's time counts as CoreTime::state() says; before the first call it is 0 (idle).
  virtual void core_changes(int core, int state, Picoseconds now) = 0;
  virtual void host_fires(int task, std::int64_t image, Picoseconds now) = 0;
  /// A packet of `stream` takes a link of the platform.
  virtual void packet_moves(int link, int stream, Picoseconds start, Picoseconds end) = 0;
  virtual void token_arrives(int stream, Picoseconds now) = 0;
};

}  // namespace phasecore::chip
