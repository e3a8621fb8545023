#include "sim/mapping/closed_form.hpp"

#include <algorithm>
#include <numeric>

#include "sim/mapping/placement.hpp"
#include "sim/mapping/stages/recurrent.hpp"

namespace phasecore::mapping {

using common::Picoseconds;

Mapped::Mapped(const graph::FoldedNetwork& network, const config::Chip& chip)
    : map(mapping::map(network, chip)),
      built(build_program(map, chip)),
      loads(mapping::loads(built.program, chip.cores())) {}

bool Mapped::has_loops() const {
  return std::any_of(map.stages.begin(), map.stages.end(),
                     [](const Stage& stage) { return stage.as<RecurrentWork>() != nullptr; });
}

Picoseconds Mapped::interval_ps() const {
  return is_pipelined() ? loads.interval_ps() : interval_of_waves(built.program, built.waves);
}

std::optional<std::array<int, 2>> Mapped::waves_of(int stage) const {
  std::optional<std::array<int, 2>> waves;
  for (int wave = 0; wave < static_cast<int>(built.waves.size()); ++wave)
    for (const int task : built.waves[wave])
      if (built.tasks[task].stage == stage) waves = {waves ? waves->front() : wave + 1, wave + 1};
  return waves;
}

Picoseconds Mapped::time_of(int stage) const {
  std::vector<std::vector<int>> waves = built.waves;
  if (is_pipelined()) {
    waves.emplace_back(built.tasks.size());
    std::iota(waves[0].begin(), waves[0].end(), 0);
  }
  const auto is_of_others = [&](int task) {
    return built.tasks[task].stage != stage || built.tasks[task].role != TaskRole::Core;
  };
  for (std::vector<int>& wave : waves)
    wave.erase(std::remove_if(wave.begin(), wave.end(), is_of_others), wave.end());
  return interval_of_waves(built.program, waves);
}

std::string Mapped::bound() const {
  std::vector<std::string> layers;
  for (const program::Task& task : built.program.tasks) {
    const std::string& layer = built.program.layers[task.layer];
    if (task.core == loads.busiest && std::find(layers.begin(), layers.end(), layer) == layers.end())
      layers.push_back(layer);
  }
  std::string text;
  for (const std::string& layer : layers) text += (text.empty() ? "" : " and ") + layer;
  return text;
}

std::vector<int> cores_of(const Stage& stage) {
  std::vector<int> cores;
  for (const SubMatrix& part : submatrices_of(stage)) cores.push_back(part.core);
  if (cores.empty() && stage.core >= 0) cores.push_back(stage.core);
  return cores;
}

std::optional<Picoseconds> with_one_core_more(const graph::FoldedNetwork& network, config::Chip chip,
                                              const Mapped& mapped) {
  if (chip.mapping.objective == config::Objective::OneToOne) return std::nullopt;
  const int cores = chip.mapping.max_cores.value_or(chip.cores());
  chip.mapping.max_cores = std::max(cores, mapped.map.cores_used) + 1;
  chip.grid.rows += 1;
  try {
    return Mapped(network, chip).interval_ps();
  } catch (const common::InputError&) {
    return std::nullopt;  // its buffers do not fit, say
  }
}

}  // namespace phasecore::mapping
