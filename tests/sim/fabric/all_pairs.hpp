// Every core sends to every other, and the host and all cores to each other.
#pragma once

#include "sim/fabric/fabric.hpp"

namespace phasecore::test {

/// The routes alone make sense: streams without inputs and outputs between one task per core and two of the
/// host.
inline program::Program all_pairs(const fabric::Fabric& fabric, int bytes = 1) {
  program::Program p;
  const int cores = static_cast<int>(fabric.platform().cores.size());
  p.tasks.resize(cores + 1);
  for (int core = 0; core < cores; ++core) p.tasks[core].core = core;
  for (int from = 0; from <= cores; ++from)
    for (int to = 0; to <= cores; ++to) {
      if (from == to) continue;
      program::Stream s;
      s.from = from;
      s.to = to;
      s.bytes = bytes;
      p.streams.push_back(s);
    }
  set_routes(p, fabric);
  return p;
}

}  // namespace phasecore::test
