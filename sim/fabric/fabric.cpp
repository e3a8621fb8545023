#include "sim/fabric/fabric.hpp"

#include "common/diagnostics.hpp"
#include "sim/fabric/several_chips.hpp"

namespace phasecore::fabric {

std::unique_ptr<const Fabric> make(const config::Chip& chip, const Topologies& known) {
  const Builder* builder = known.find(chip.network.topology);
  common::ensure(builder != nullptr, "no topology '" + chip.network.topology + "'");
  config::Chip one = chip;
  one.chips.reset();
  std::unique_ptr<const Fabric> fabric = (*builder)(one);
  if (chip.chips) fabric = std::make_unique<SeveralChips>(chip, std::move(fabric));
  program::check(fabric->platform());
  return fabric;
}

void set_routes(program::Program& program, const Fabric& fabric) {
  for (program::Stream& stream : program.streams)
    if (!stream.signal)
      stream.route = fabric.route(program.tasks[stream.from].core, program.tasks[stream.to].core);
}

}  // namespace phasecore::fabric
