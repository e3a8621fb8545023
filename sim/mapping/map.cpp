#include <algorithm>
#include <optional>
#include <set>

#include "common/diagnostics.hpp"
#include "models/graph/fold.hpp"
#include "sim/analytic/analytic.hpp"
#include "sim/mapping/build_program.hpp"
#include "sim/mapping/gate_slices.hpp"
#include "sim/mapping/lower.hpp"
#include "sim/mapping/mapping.hpp"
#include "sim/mapping/overrides.hpp"
#include "sim/mapping/placement.hpp"
#include "sim/mapping/share_out.hpp"
#include "sim/mapping/tiling.hpp"

namespace phasecore::mapping {

bool is_shared_out(const Mapping& mapping) {
  return std::any_of(mapping.stages.begin(), mapping.stages.end(), [](const Stage& stage) {
    const MvmWork* mvm = in_crossbars(stage);
    return mvm != nullptr && mvm->is_shared();
  });
}

namespace {

Mapping map_as_said(const graph::FoldedNetwork& network, const config::Chip& chip, const Rules& rules) {
  Lowered lowered = lower(network, chip.host.interlayer, rules);
  Mapping mapping;
  mapping.network = network->name;
  mapping.input_shape = std::move(lowered.input_shape);
  mapping.takes_steps = lowered.takes_steps;
  mapping.input_name = network->input().name;
  mapping.stages = std::move(lowered.stages);
  mapping.shared_ranges = std::move(lowered.shared_ranges);
  mapping.host_tail = std::move(lowered.host_tail);
  apply_overrides(mapping.stages, chip);
  for (Stage& stage : mapping.stages)
    if (auto* recurrent = stage.as<RecurrentWork>())
      cut_cells(stage, *recurrent, chip);
    else if (MvmWork* mvm = in_crossbars(stage))
      cut(*mvm, chip);
  share_out(mapping.stages, chip);
  mapping.cores_available = chip.cores();
  mapping.cores_used = place(mapping.stages, chip, network->name);

  long long weights = 0;
  std::set<int> used;
  for (const Stage& stage : mapping.stages)
    for (const SubMatrix& part : submatrices_of(stage)) {
      weights += stage.as<MvmWork>()->weights_in(part);
      used.insert(part.core);
    }
  const long long cells = static_cast<long long>(used.size()) * chip.crossbar.rows * chip.crossbar.columns;
  mapping.utilization = cells > 0 ? static_cast<double>(weights) / static_cast<double>(cells) : 0;
  return mapping;
}

/// Of one image in an empty chip; none where it does not fit the cores' memory.
std::optional<common::Picoseconds> analytic_latency(const Mapping& mapping, const config::Chip& chip) {
  const auto fabric = fabric::make(chip);
  try {
    const BuiltProgram built = build_program(mapping, chip, *fabric);
    program::Platform platform = fabric->platform();
    platform.units = built.units;
    return analytic::run(built.program, platform, 1).image_end_ps.front();
  } catch (const common::InputError&) {
    return std::nullopt;
  }
}

}  // namespace

Mapping map(const graph::FoldedNetwork& network, const config::Chip& chip, const Rules& rules) {
  Mapping mapping = map_as_said(network, chip, rules);
  if (chip.mapping.objective != config::Objective::Latency) return mapping;
  // The compiler's estimate of latencies is a rough one, and the mapping of least interval, packed or not, is
  // another good guess: the analytic engine decides.
  config::Chip fast = chip;
  fast.mapping.objective = config::Objective::Throughput;
  Mapping other = map_as_said(network, fast, rules);
  const auto ours = analytic_latency(mapping, chip), theirs = analytic_latency(other, chip);
  const bool is_other_better = theirs && (!ours || *theirs < *ours);
  return is_other_better ? other : mapping;
}

}  // namespace phasecore::mapping
