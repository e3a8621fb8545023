#include "nas/evaluate/fit.hpp"

#include <fmt/format.h>

#include "models/graph/fold.hpp"
#include "sim/mapping/mapping.hpp"

namespace phasecore::evaluate {
namespace {

/// More cores than any network of a search needs, at no cost: a mapping only counts them.
constexpr int kMoreRows = 64;

int cores_of(const mapping::Stage& stage) {
  if (const auto* mvm = mapping::in_crossbars(stage)) return static_cast<int>(mvm->submatrices.size());
  return stage.core >= 0 ? 1 : 0;
}

}  // namespace

Fit fit(const graph::FoldedNetwork& network, const config::Chip& chip) {
  config::Chip larger = chip;
  larger.grid.rows *= kMoreRows;
  larger.mapping.objective = config::Objective::OneToOne;
  const mapping::Mapping mapping = mapping::map(network, larger);
  Fit result;
  result.cores = mapping.cores_used;
  int left = chip.cores();
  for (const mapping::Stage& stage : mapping.stages) {
    const int needed = cores_of(stage);
    if (needed > left) {
      result.refusal = fmt::format("layer '{}' needs {} cores, {} of {} are left; the network needs {}",
                                   stage.name, needed, left, chip.cores(), mapping.cores_used);
      break;
    }
    left -= needed;
  }
  return result;
}

}  // namespace phasecore::evaluate
