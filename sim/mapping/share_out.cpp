#include "sim/mapping/share_out.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "common/diagnostics.hpp"
#include "sim/mapping/allocate.hpp"
#include "sim/mapping/overrides.hpp"
#include "sim/mapping/tiling.hpp"

namespace phasecore::mapping {
namespace {

using common::Picoseconds;
using config::Objective;

/// The sharing that the chip's file gives a layer; nothing where it leaves that to the compiler.
struct Given {
  Sharing sharing;
  common::Location where;
};

std::optional<Given> given(const Stage& stage, const config::Chip& chip) {
  std::optional<Given> result;
  for (const auto& [pattern, change] : chip.layers) {
    if (!change.tile_h && !change.tile_w && !change.replicas) continue;
    if (!matches(pattern, stage.name)) continue;
    result = Given{{change.tile_h.value_or(1), change.tile_w.value_or(1), change.replicas.value_or(1)},
                   change.where};
  }
  return result;
}

/// The largest pool that stays whole in what a replica computes, so that all have something to do.
PoolCut cut_for(const MvmWork& mvm, const Sharing& sharing) {
  if (!mvm.pool || sharing == Sharing{}) return {};
  for (const PoolCut& cut : pool_cuts(mvm)) {
    MvmWork tried = mvm;
    tried.sharing = sharing;
    if (!cut.is_none()) tried.pool = first_pool(*mvm.pool, cut);
    if (tried.keeps_pool(sharing) && tried.blocks().count() >= sharing.replicas) return cut;
  }
  return {1, 1};
}

void check(const Stage& stage, const Given& given, const config::Chip& chip,
           common::Diagnostics& diagnostics) {
  const MvmWork* mvm = in_crossbars(stage);
  const Sharing& s = given.sharing;
  const auto refuse = [&](const std::string& why) {
    diagnostics.add(given.where, fmt::format("layer '{}': {}", stage.name, why));
  };
  if (mvm == nullptr) return refuse("tiles and replicas are of layers in crossbars");
  const Raster plane = raster_of(mvm->plane);
  if (s.tile_h > plane.height || s.tile_w > plane.width)
    return refuse(fmt::format("a tile of {} x {} pixels; the layer has {} x {}", s.tile_h, s.tile_w,
                              plane.height, plane.width));
  if (!mvm->has_tiles(s.tile_h, s.tile_w))
    return refuse(
        "tiles of several pixels take one group, and no dilation or stride beyond the kernel "
        "(kernels of one pixel may have any)");
  if (s.copies() > 1 && mvm->cols * s.copies() > limits(chip).columns)
    return refuse(fmt::format("a tile of {} x {} pixels takes {} columns; a crossbar has {} for it", s.tile_h,
                              s.tile_w, mvm->cols * s.copies(), limits(chip).columns));
  MvmWork tiled = *mvm;
  tiled.pool.reset();
  tiled.sharing = s;
  if (s.replicas > tiled.tiles().pixels())
    refuse(fmt::format("{} replicas for {} tiles", s.replicas, tiled.tiles().pixels()));
}

/// Watts that a core takes all the time, as attojoules per picosecond.
double static_power(const config::Chip& chip) {
  return static_cast<double>(common::aj_from_mw(chip.energy.core_static_mw, 1000)) / 1000;
}

double energy_of(const LayerOptions& layers, const Allocation& allocation, double power) {
  double energy = power * allocation.cores * static_cast<double>(allocation.interval_ps);
  for (std::size_t l = 0; l < layers.size(); ++l)
    energy += static_cast<double>(layers[l][allocation.layers[l].option].image_energy());
  return energy;
}

/// The allocation of least energy over all intervals within the limit, which are tried from the least on,
/// each 2 % longer than the one before.
std::optional<Allocation> least_energy_in(const LayerOptions& layers, int cores, Picoseconds limit,
                                          double power) {
  constexpr double kStep = 1.02;
  auto best = least_interval(layers, cores);
  if (!best || best->interval_ps > limit) return std::nullopt;
  const auto slowest = fewest_cores(layers, std::numeric_limits<Picoseconds>::max() / 4);
  const Picoseconds last = std::min(limit, slowest->interval_ps);
  double least = energy_of(layers, *best, power);
  for (Picoseconds interval = best->interval_ps;;
       interval = static_cast<Picoseconds>(static_cast<double>(interval) * kStep) + 1) {
    const auto tried = least_energy(layers, cores, std::min(interval, last), power);
    if (tried && energy_of(layers, *tried, power) < least) {
      least = energy_of(layers, *tried, power);
      best = tried;
    }
    if (interval >= last) return best;
  }
}

std::optional<Allocation> allocation(const LayerOptions& layers, const config::Chip& chip) {
  const config::MappingRules& rules = chip.mapping;
  const int cores = std::min(rules.max_cores.value_or(chip.cores()), chip.cores());
  const double power = static_power(chip);
  const Picoseconds limit = rules.max_interval_ns ? common::ps_from_ns(*rules.max_interval_ns)
                                                  : std::numeric_limits<Picoseconds>::max() / 4;
  switch (rules.objective) {
    case Objective::Cores: {
      auto fewest = fewest_cores(layers, limit);
      return fewest && fewest->cores <= cores ? fewest : std::nullopt;
    }
    case Objective::Energy:
      return least_energy_in(layers, cores, limit, power);
    default:
      break;
  }
  const auto fastest = least_interval(layers, cores);
  return fastest ? least_energy(layers, cores, fastest->interval_ps, power) : std::nullopt;
}

}  // namespace

void share_out(std::vector<Stage>& stages, const config::Chip& chip) {
  std::vector<Sharing> sharing(stages.size());
  std::vector<PoolCut> pools(stages.size());
  const bool compiles = chip.mapping.objective != Objective::OneToOne;
  common::Diagnostics diagnostics;
  LayerOptions layers;
  for (std::size_t s = 0; s < stages.size(); ++s) {
    const auto by_hand = given(stages[s], chip);
    layers.emplace_back();
    if (!by_hand) {
      if (compiles) layers.back() = options(stages[s], chip, {chip.mapping.windows});
      continue;
    }
    check(stages[s], *by_hand, chip, diagnostics);
    if (!diagnostics.empty()) continue;
    sharing[s] = by_hand->sharing;
    pools[s] = cut_for(*in_crossbars(stages[s]), sharing[s]);
    if (compiles) layers.back().push_back(option(stages[s], chip, sharing[s], pools[s]));
  }
  diagnostics.raise_if_any();
  if (const auto chosen = compiles ? allocation(layers, chip) : std::nullopt)
    for (std::size_t s = 0; s < stages.size(); ++s) {
      const Option& option = layers[s][chosen->layers[s].option];
      if (option.digital) continue;
      sharing[s] = {option.tile_h, option.tile_w, chosen->layers[s].replicas};
      pools[s] = option.pool;
    }
  for (int s = static_cast<int>(stages.size()); s-- > 0;) {
    MvmWork* mvm = in_crossbars(stages[s]);
    if (mvm == nullptr || sharing[s] == Sharing{}) continue;
    mvm->sharing = sharing[s];
    cut(*mvm, chip);
    if (!pools[s].is_none()) cut_pool(stages, s, pools[s]);
  }
}

}  // namespace phasecore::mapping
