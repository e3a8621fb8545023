#include <algorithm>
#include <optional>
#include <set>

#include "common/diagnostics.hpp"
#include "models/graph/fold.hpp"
#include "sim/analytic/analytic.hpp"
#include "sim/mapping/build_program.hpp"
#include "sim/mapping/gate_slices.hpp"
#include "sim/mapping/load.hpp"
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

Mapping map_as_said(const graph::FoldedNetwork& network, const config::Chip& chip, const Rules& rules,
                    bool tiles_of_groups = true) {
  Lowered lowered = lower(network, chip.host.interlayer, rules);
  Mapping mapping;
  mapping.network = network->name;
  mapping.input_shape = std::move(lowered.input_shape);
  mapping.takes_steps = lowered.takes_steps;
  mapping.input_name = network->input().name;
  mapping.stages = std::move(lowered.stages);
  mapping.shared_ranges = std::move(lowered.shared_ranges);
  mapping.host_tail = std::move(lowered.host_tail);
  if (chip.host.interlayer == config::Interlayer::Host)
    for (Stage& stage : mapping.stages)
      if (stage.as<MvmWork>() == nullptr) stage.macs = 0;  // the host's are none of the chip's
  apply_overrides(mapping.stages, chip);
  for (Stage& stage : mapping.stages)
    if (auto* recurrent = stage.as<RecurrentWork>())
      cut_cells(stage, *recurrent, chip);
    else if (MvmWork* mvm = in_crossbars(stage))
      cut(*mvm, chip);
  share_out(mapping.stages, chip, tiles_of_groups);
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

/// What `measure` says of the program that a mapping becomes; nothing where it does not fit the cores'
/// memory.
template <class Measure>
std::optional<common::Picoseconds> measured(const Mapping& mapping, const config::Chip& chip,
                                            const Measure& measure) {
  const auto fabric = fabric::make(chip);
  try {
    const BuiltProgram built = build_program(mapping, chip, *fabric);
    program::Platform platform = fabric->platform();
    platform.units = built.units;
    return measure(built.program, platform);
  } catch (const common::InputError&) {
    return std::nullopt;
  }
}

/// Of one image in an empty chip.
std::optional<common::Picoseconds> analytic_latency(const Mapping& mapping, const config::Chip& chip) {
  return measured(mapping, chip, [](const program::Program& program, const program::Platform& platform) {
    return analytic::run(program, platform, 1).image_end_ps.front();
  });
}

/// What the busiest core or link allows.
std::optional<common::Picoseconds> least_interval(const Mapping& mapping, const config::Chip& chip) {
  return measured(mapping, chip, analytic::interval_bound);
}

bool is_less(const std::optional<common::Picoseconds>& one, const std::optional<common::Picoseconds>& other) {
  return one && (!other || *one < *other);
}

bool has_tiles_of_groups(const Mapping& mapping) {
  return std::any_of(mapping.stages.begin(), mapping.stages.end(), [](const Stage& stage) {
    const MvmWork* mvm = in_crossbars(stage);
    return mvm != nullptr && mvm->groups > 1 && mvm->sharing.copies() > 1;
  });
}

/// Tiles of groups make more and smaller packets, as each block of rows has fewer channels. Where that keeps
/// a link busy for far longer than anything without them, the network goes without. (What the busiest link
/// allows is met; what the busiest core allows, on cores of several tasks, not always: so less than twice
/// says nothing.)
Mapping map_for_throughput(const graph::FoldedNetwork& network, const config::Chip& chip,
                           const Rules& rules) {
  Mapping mapping = map_as_said(network, chip, rules);
  if (!has_tiles_of_groups(mapping)) return mapping;
  Mapping plain = map_as_said(network, chip, rules, false);
  const auto without = least_interval(plain, chip), with = least_interval(mapping, chip);
  return without && (!with || *with > 2 * *without) ? plain : mapping;
}

}  // namespace

Mapping map(const graph::FoldedNetwork& network, const config::Chip& chip, const Rules& rules) {
  if (chip.mapping.objective == config::Objective::Throughput)
    return map_for_throughput(network, chip, rules);
  Mapping mapping = map_as_said(network, chip, rules);
  if (chip.mapping.objective != config::Objective::Latency) return mapping;
  // The compiler's estimate of latencies is a rough one, and the mapping of least interval, packed or not, is
  // another good guess: the analytic engine decides.
  config::Chip fast = chip;
  fast.mapping.objective = config::Objective::Throughput;
  Mapping other = map_for_throughput(network, fast, rules);
  return is_less(analytic_latency(other, chip), analytic_latency(mapping, chip)) ? other : mapping;
}

}  // namespace phasecore::mapping
