#include "sim/mapping/placement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "common/diagnostics.hpp"
#include "common/table.hpp"

namespace phasecore::mapping {
namespace {

/// One per sub-matrix, one when computed digitally, none when the host between the layers or another stage's
/// core does it.
int cores_needed(const Stage& stage, bool host_between) {
  if (const MvmWork* mvm = in_crossbars(stage)) return static_cast<int>(mvm->submatrices.size());
  if (stage.beside >= 0) return 0;
  return host_between && stage.as<MvmWork>() == nullptr ? 0 : 1;
}

[[noreturn]] void refuse(const std::vector<Stage>& stages, const config::Chip& chip,
                         const std::string& network, bool host_between, int needed) {
  common::Table table(
      {{"layer", "layer", 0}, {"cores_needed", "cores needed", 0}, {"cores_left", "cores left", 0}});
  int left = chip.cores();
  std::size_t shown = 0;
  for (const Stage& stage : stages) {
    if (++shown > common::kMostShown) break;
    const int cores = cores_needed(stage, host_between);
    table.add_row({stage.name, static_cast<long long>(cores), static_cast<long long>(left)});
    left = cores < left ? left - cores : 0;
  }
  const std::string more =
      stages.size() > common::kMostShown
          ? fmt::format("... and {} further layers\n", stages.size() - common::kMostShown)
          : "";
  throw common::InputError(
      {{{},
        fmt::format("network '{}' needs {} cores; chip '{}' has {}", network, needed, chip.name,
                    chip.cores()),
        table.text() + more +
            "A larger grid has more (--set grid.columns=.. --set grid.rows=..), and so have several "
            "chips in a row (`chips:` in the chip's file)."}});
}

}  // namespace

std::vector<int> snake(const config::Grid& grid, int chips) {
  std::vector<int> order;
  for (int row = 0; row < chips * grid.rows; ++row)
    for (int x = 0; x < grid.columns; ++x)
      order.push_back(row * grid.columns + (row % grid.rows % 2 == 0 ? x : grid.columns - 1 - x));
  return order;
}

int place(std::vector<Stage>& stages, const config::Chip& chip, const std::string& network) {
  const bool host_between = chip.host.interlayer == config::Interlayer::Host;
  int needed = 0;
  for (const Stage& stage : stages) needed += cores_needed(stage, host_between);
  const bool is_packed = std::any_of(stages.begin(), stages.end(), [](const Stage& stage) {
    return stage.core >= 0 || (!submatrices_of(stage).empty() && submatrices_of(stage).front().core >= 0);
  });
  if (!is_packed && needed > chip.cores()) refuse(stages, chip, network, host_between, needed);
  const std::vector<int> order = snake(chip.grid, chip.count());
  std::map<int, int> places;  // of packed cores: along the snake as the stages come to them
  int next = 0;
  const auto put = [&](int& core) {
    if (!is_packed)
      core = order.at(next++);
    else if (const auto [found, is_new] = places.try_emplace(core, next); is_new)
      core = order.at(next++);
    else
      core = order.at(found->second);
  };
  for (Stage& stage : stages) {
    if (MvmWork* mvm = in_crossbars(stage))
      for (SubMatrix& part : mvm->submatrices) put(part.core);
    else if (cores_needed(stage, host_between) == 1)
      put(stage.core);
  }
  for (Stage& stage : stages)
    if (stage.beside >= 0 && !host_between)
      stage.core = submatrices_of(stages[static_cast<std::size_t>(stage.beside)]).front().core;
  return next;
}

}  // namespace phasecore::mapping
