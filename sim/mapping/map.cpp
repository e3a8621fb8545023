#include <algorithm>
#include <set>

#include "models/graph/fold.hpp"
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

Mapping map(const graph::FoldedNetwork& network, const config::Chip& chip, const Rules& rules) {
  Lowered lowered = lower(network, chip.host.interlayer, rules);
  Mapping mapping;
  mapping.network = network->name;
  mapping.input_shape = std::move(lowered.input_shape);
  mapping.input_name = network->input().name;
  mapping.stages = std::move(lowered.stages);
  mapping.shared_ranges = std::move(lowered.shared_ranges);
  mapping.host_tail = std::move(lowered.host_tail);
  apply_overrides(mapping.stages, chip);
  for (Stage& stage : mapping.stages)
    if (MvmWork* mvm = in_crossbars(stage)) cut(*mvm, chip);
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

}  // namespace phasecore::mapping
