#include "layout.hpp"

#include "sim/fabric/dedicated.hpp"

namespace phasecore::test {

std::unique_ptr<const fabric::Fabric> Layout::fabric() const {
  if (chip.network.has_routers() || circuits.empty()) return fabric::make(chip);
  return std::make_unique<fabric::Dedicated>(chip, circuits);
}

program::Program Layout::routed(program::Program program) const {
  const auto here = fabric();
  for (program::Stream& stream : program.streams) {
    const int from = program.tasks[stream.from].core, to = program.tasks[stream.to].core;
    if (from < cores() && to < cores() && !stream.signal) stream.route = here->route(from, to);
  }
  return program;
}

int Layout::flits(int bytes) const {
  return chip.network.header_flits + (bytes + chip.network.flit_bytes - 1) / chip.network.flit_bytes;
}

}  // namespace phasecore::test
