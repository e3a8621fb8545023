#include "sim/mapping/share_out.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "common/diagnostics.hpp"
#include "sim/mapping/allocate.hpp"
#include "sim/mapping/channel_parts.hpp"
#include "sim/mapping/latency.hpp"
#include "sim/mapping/overrides.hpp"
#include "sim/mapping/stages/recurrent.hpp"
#include "sim/mapping/tiling.hpp"

namespace phasecore::mapping {
namespace {

using common::Picoseconds;
using config::Objective;

/// The sharing that the chip's file gives a layer; nothing where it leaves that to the compiler.
struct Given {
  Sharing sharing;
  PoolCut pool;  ///< none: the compiler's choice
  common::Location where;
};

std::optional<Given> given(const Stage& stage, const config::Chip& chip) {
  config::LayerOverride all;
  const auto take = [](std::optional<int>& value, const std::optional<int>& entry) {
    if (entry) value = entry;
    return entry.has_value();
  };
  bool any = false;
  for (const auto& [pattern, change] : chip.layers) {
    if (!matches(pattern, stage.name)) continue;
    // Patterns are about layers in crossbars; any other is named.
    if (stage.as<MvmWork>() == nullptr && pattern != stage.name) continue;
    int keys = 0;
    for (const auto key :
         {&config::LayerOverride::tile_h, &config::LayerOverride::tile_w, &config::LayerOverride::replicas,
          &config::LayerOverride::pool_h, &config::LayerOverride::pool_w})
      keys += take(all.*key, change.*key) ? 1 : 0;
    if (keys > 0) all.where = change.where;
    any = any || keys > 0;
  }
  if (!any) return std::nullopt;
  const PoolCut pool{all.pool_h.value_or(all.pool_w.value_or(0)),
                     all.pool_w.value_or(all.pool_h.value_or(0))};
  return Given{{all.tile_h.value_or(1), all.tile_w.value_or(1), all.replicas.value_or(1)}, pool, all.where};
}

/// Does the chip's file say that the layer is in crossbars?
bool is_kept_analog(const Stage& stage, const config::Chip& chip) {
  std::optional<bool> digital;
  for (const auto& [pattern, change] : chip.layers)
    if (change.digital && matches(pattern, stage.name)) digital = change.digital;
  return digital == false;
}

/// The largest pool that stays whole in what a replica computes, so that all have something to do.
PoolCut cut_for(const MvmWork& mvm, const Given& given) {
  const Sharing& sharing = given.sharing;
  if (!given.pool.is_none()) return given.pool;
  if (!mvm.pool || sharing == Sharing{}) return {};
  for (const PoolCut& cut : pool_cuts(mvm)) {
    MvmWork tried = mvm;
    tried.sharing = sharing;
    if (!cut.is_none()) tried.pool = first_pool(*mvm.pool, cut);
    if (tried.keeps_pool(sharing) && tried.blocks().count() >= sharing.replicas) return cut;
  }
  return {1, 1};
}

/// Calls refuse(why) for a cut that the pool cannot have.
template <class Refuse>
void check_pool(const MvmWork& mvm, const Given& given, const Refuse& refuse) {
  if (given.pool.is_none()) return;
  if (!mvm.pool) return refuse("pool_h and pool_w are of layers with a pool behind them");
  const std::vector<PoolCut> cuts = pool_cuts(mvm);
  if (std::find(cuts.begin() + 1, cuts.end(), given.pool) == cuts.end())
    return refuse(fmt::format("its pool of {} x {} cannot be cut into windows of {} x {}",
                              mvm.pool->window.kernel_h, mvm.pool->window.kernel_w, given.pool.h,
                              given.pool.w));
  MvmWork tried = mvm;
  tried.pool = first_pool(*mvm.pool, given.pool);
  tried.sharing = given.sharing;
  if (tried.keeps_pool(given.sharing)) {
    if (given.sharing.replicas > tried.blocks().count())
      refuse(fmt::format("{} replicas for {} pooled windows of {} x {}", given.sharing.replicas,
                         tried.blocks().count(), given.pool.h, given.pool.w));
    return;
  }
  refuse(fmt::format("pooled windows of {} x {} are not whole in tiles of {} x {}", given.pool.h,
                     given.pool.w, given.sharing.tile_h, given.sharing.tile_w));
}

/// `most_parts`: of its channels.
void check(const Stage& stage, const Given& given, int most_parts, const config::Chip& chip,
           common::Diagnostics& diagnostics) {
  const MvmWork* mvm = in_crossbars(stage);
  const Sharing& s = given.sharing;
  const auto refuse = [&](const std::string& why) {
    diagnostics.add(given.where, fmt::format("layer '{}': {}", stage.name, why));
  };
  if (mvm == nullptr && most_parts == 1) return refuse("tiles and replicas are of layers in crossbars");
  if (mvm == nullptr && s.replicas > most_parts)
    return refuse(fmt::format("{} replicas for {} channels", s.replicas, most_parts));
  if (mvm == nullptr) return;
  if (!mvm->can_be_shared() && !(s == Sharing{}))
    return refuse("a step waits for the one before it, so that there is nothing for tiles and replicas");
  const Raster plane = raster_of(mvm->plane);
  if (s.tile_h > plane.height || s.tile_w > plane.width)
    return refuse(fmt::format("a tile of {} x {} pixels; the layer has {} x {}", s.tile_h, s.tile_w,
                              plane.height, plane.width));
  if (!mvm->has_tiles(s.tile_h, s.tile_w))
    return refuse(
        "tiles of several pixels take no dilation or stride beyond the kernel (kernels of one pixel may "
        "have any)");
  const int columns = mvm->cols / mvm->groups * s.copies();
  if (s.copies() > 1 && columns > limits(chip).columns)
    return refuse(fmt::format("a tile of {} x {} pixels takes {} columns{}; a crossbar has {} for it",
                              s.tile_h, s.tile_w, columns, mvm->groups > 1 ? " per group" : "",
                              limits(chip).columns));
  MvmWork tiled = *mvm;
  tiled.pool.reset();
  tiled.sharing = s;
  check_pool(*mvm, given, refuse);
  if (s.replicas > tiled.tiles().pixels())
    refuse(fmt::format("{} replicas for {} tiles", s.replicas, tiled.tiles().pixels()));
}

/// As the chip's file gives the replicas of the pool that a layer leaves to others; 0: it does not.
/// `stays_whole`: the layer leaves nothing.
int parts_of_rest(const Stage& stage, bool stays_whole, const config::Chip& chip,
                  common::Diagnostics& diagnostics) {
  const MvmWork* mvm = in_crossbars(stage);
  if (mvm == nullptr || !mvm->pool) return 0;
  int parts = 0;
  for (const auto& [name, change] : chip.layers) {
    if (name != mvm->pool_layer || !change.replicas) continue;
    parts = *change.replicas;
    if (stays_whole && parts > 1)
      diagnostics.add(change.where, fmt::format("layer '{}': its layer pools all by itself", name));
    if (const int channels = raster_of(mvm->plane).channels; parts > channels)
      diagnostics.add(change.where,
                      fmt::format("layer '{}': {} replicas for {} channels", name, parts, channels));
  }
  return parts;
}

CorePower core_power(const config::Chip& chip) {
  const auto aj_per_ps = [](double mw) { return static_cast<double>(common::aj_from_mw(mw, 1000)) / 1000; };
  return {aj_per_ps(chip.power.waiting_mw), aj_per_ps(chip.power.gated_mw)};
}

/// The allocation of least energy over all intervals within the limit, which are tried from the least on,
/// each 2 % longer than the one before.
std::optional<Allocation> least_energy_in(const LayerOptions& layers, int cores, Picoseconds limit,
                                          const CorePower& power) {
  constexpr double kStep = 1.02;
  auto best = least_interval(layers, cores);
  if (!best || best->interval_ps > limit) return std::nullopt;
  const auto slowest = fewest_cores(layers, std::numeric_limits<Picoseconds>::max() / 4);
  const Picoseconds last = std::min(limit, slowest->interval_ps);
  double least = energy_aj(layers, *best, power);
  for (Picoseconds interval = best->interval_ps;;
       interval = static_cast<Picoseconds>(static_cast<double>(interval) * kStep) + 1) {
    const auto tried = least_energy(layers, cores, std::min(interval, last), power);
    if (tried && energy_aj(layers, *tried, power) < least) {
      least = energy_aj(layers, *tried, power);
      best = tried;
    }
    if (interval >= last) return best;
  }
}

/// What a core's memory may be thought to hold: what waits for other branches comes on top.
constexpr double kMemoryShare = 0.5;

int most_cores(const config::Chip& chip) {
  return std::min(chip.mapping.max_cores.value_or(chip.cores()), chip.cores());
}

Picoseconds longest_interval(const config::Chip& chip) {
  return chip.mapping.max_interval_ns ? common::ps_from_ns(*chip.mapping.max_interval_ns)
                                      : std::numeric_limits<Picoseconds>::max() / 4;
}

Room room_of(const config::Chip& chip) {
  const auto bytes = static_cast<std::int64_t>(kMemoryShare * chip.memory.bytes);
  return {limits(chip), longest_interval(chip), bytes};
}

bool is_about_time(const config::Chip& chip) {
  return chip.mapping.objective == Objective::Throughput || chip.mapping.objective == Objective::Latency;
}

bool in_waves(const config::Chip& chip) {
  return chip.mapping.schedule != config::Schedule::Pipelined;
}

/// One task per core.
std::optional<Allocation> unpacked(const LayerOptions& layers, const std::vector<Stage>& stages,
                                   const config::Chip& chip) {
  const int cores = most_cores(chip);
  const CorePower power = core_power(chip);
  const Picoseconds limit = longest_interval(chip);
  // Wave by wave, the time of one image is that from image to image.
  if (in_waves(chip) && is_about_time(chip))
    return least_latency(layers, cores, sources_of(stages), limit, Following::Waves);
  switch (chip.mapping.objective) {
    case Objective::Cores: {
      auto fewest = fewest_cores(layers, limit);
      return fewest && fewest->cores <= cores ? fewest : std::nullopt;
    }
    case Objective::Energy:
      return least_energy_in(layers, cores, limit, power);
    case Objective::Latency:
      return least_latency(layers, cores, sources_of(stages), limit);
    default:
      break;
  }
  const auto fastest = least_interval(layers, cores);
  if (!fastest || fastest->interval_ps > limit) return std::nullopt;
  return least_energy(layers, cores, fastest->interval_ps, power);
}

/// Several tasks per core, where that is possible and serves the objective better than `alone`.
std::optional<Packed> better_packed(const LayerOptions& layers, const std::vector<Stage>& stages,
                                    const std::optional<Allocation>& alone, const config::Chip& chip) {
  constexpr double kWorthwhile = 0.98;
  const bool gives_cores = std::any_of(chip.layers.begin(), chip.layers.end(),
                                       [](const auto& entry) { return entry.second.cores.has_value(); });
  // The core beside a gate slice is that of one layer, and so are its neighbours.
  const bool has_gates = std::any_of(stages.begin(), stages.end(),
                                     [](const Stage& stage) { return stage.as<RecurrentWork>() != nullptr; });
  // Without a memory cores have registers for one task only; the host between layers sends to one.
  if (gives_cores || has_gates || !chip.mapping.pack || chip.memory.bytes == 0 ||
      chip.host.interlayer == config::Interlayer::Host)
    return std::nullopt;
  if (chip.mapping.objective == Objective::Cores)
    return fewest_cores_packed(layers, alone ? alone->cores - 1 : most_cores(chip), room_of(chip));
  if (alone && (!is_about_time(chip) || in_waves(chip))) return std::nullopt;
  auto found = least_interval_packed(layers, most_cores(chip), room_of(chip));
  if (!found || found->allocation.interval_ps > longest_interval(chip)) return std::nullopt;
  const bool is_faster = !alone || static_cast<double>(found->allocation.interval_ps) <
                                       kWorthwhile * static_cast<double>(alone->interval_ps);
  return is_faster && (!alone || chip.mapping.objective == Objective::Throughput) ? found : std::nullopt;
}

/// What the compiler has chosen for one stage.
struct Chosen {
  Sharing sharing;
  PoolCut pool;
  bool digital = false;
  int channel_parts = 1;   ///< of a layer that is no matrix, or of the rest of a pool
  std::vector<int> cores;  ///< of its pieces, by any numbers; empty: each its own
};

void apply(const Chosen& chosen, int s, const config::Chip& chip, std::vector<Stage>& stages) {
  MvmWork* mvm = in_crossbars(stages[s]);
  if (mvm != nullptr && chosen.digital) {
    mvm->digital = true;
    mvm->adc_bits = 0;
    mvm->submatrices.clear();
  } else if (mvm != nullptr && !(chosen.sharing == Sharing{})) {
    mvm->sharing = chosen.sharing;
    cut(*mvm, chip);
  }
  const bool pools = mvm != nullptr && !chosen.digital && !chosen.pool.is_none();
  if (pools) cut_pool(stages, s, chosen.pool);
  const int digital = pools ? s + 1 : s;
  if (chosen.channel_parts > 1 && (pools || mvm == nullptr))
    split_channels(stages, digital, chosen.channel_parts);
  if (chosen.cores.empty()) return;
  std::size_t piece = 0;
  if (MvmWork* cut_mvm = in_crossbars(stages[s]))
    for (SubMatrix& part : cut_mvm->submatrices) part.core = chosen.cores.at(piece++);
  if (mvm != nullptr && !pools && !chosen.digital) return;
  stages[digital].beside = -1;
  for (int part = 0; part < stages[digital].parts; ++part)
    stages[digital + part].core = chosen.cores.at(piece++);
}

/// Where the limits are the user's they are named with what could be; else the table of cores follows.
void refuse(const LayerOptions& layers, const config::Chip& chip) {
  const config::MappingRules& rules = chip.mapping;
  if (!rules.max_cores && !rules.max_interval_ns) return;
  const auto us = [](Picoseconds time) { return static_cast<double>(time) * 1e-6; };
  std::string could;
  if (const auto fewest = fewest_cores(layers, std::numeric_limits<Picoseconds>::max() / 4))
    could = fmt::format("; one matrix per core takes at least {} cores", fewest->cores) +
            (in_waves(chip) ? "" : fmt::format(", and then {:.2f} us", us(fewest->interval_ps)));
  if (const auto fastest = least_interval(layers, chip.cores()); fastest && !in_waves(chip))
    could += fmt::format("; on all {} cores {:.2f} us are the least", chip.cores(), us(fastest->interval_ps));
  const std::string limit =
      rules.max_interval_ns
          ? fmt::format(" with at most {} ns per image (mapping.max_interval_ns)", *rules.max_interval_ns)
          : "";
  throw common::InputError(fmt::format("chip '{}': the network does not fit on {} cores{}{}{}", chip.name,
                                       most_cores(chip), rules.max_cores ? " (mapping.max_cores)" : "", limit,
                                       could));
}

void choose(const LayerOptions& layers, const std::vector<Stage>& stages, const config::Chip& chip,
            std::vector<Chosen>& chosen) {
  auto allocation = unpacked(layers, stages, chip);
  const auto packed = better_packed(layers, stages, allocation, chip);
  if (packed) allocation = packed->allocation;
  if (!allocation) return refuse(layers, chip);
  std::size_t piece = 0;
  for (std::size_t s = 0; s < chosen.size(); ++s) {
    const Choice& choice = allocation->layers[s];
    const Option& option = layers[s][choice.option];
    chosen[s].digital = option.digital;
    if (option.digital) chosen[s].channel_parts = choice.replicas;
    if (!option.digital) {
      chosen[s].channel_parts = option.rest_parts;
      chosen[s].sharing = {option.tile_h, option.tile_w, choice.replicas};
      chosen[s].pool = option.pool;
    }
    if (!packed) continue;
    const auto count = static_cast<std::ptrdiff_t>(option.pieces(choice.replicas).size());
    const auto first = packed->core_of.begin() + static_cast<std::ptrdiff_t>(piece);
    chosen[s].cores.assign(first, first + count);
    piece += static_cast<std::size_t>(count);
  }
}

RestPlace rest_place(const std::vector<Stage>& stages, int s, const config::Chip& chip) {
  const int reader = rest_beside(stages, s);
  if (reader < 0) return {true, 0, useful_channel_parts(raster_of(stages[s].out_shape).channels, chip)};
  return {false, options(stages[reader], chip).front().interval_ps(1)};
}

/// One stage's part of the work of share_out().
class StagePlanner {
 public:
  StagePlanner(const std::vector<Stage>& stages, const config::Chip& chip, bool tiles_of_groups)
      : stages_(stages),
        chip_(chip),
        tiles_of_groups_(tiles_of_groups),
        compiles_(chip.mapping.objective != Objective::OneToOne) {}

  bool compiles() const { return compiles_; }

  /// What the chip's file gives; else `options` are the compiler's.
  void plan(int s, Chosen& chosen, std::vector<Option>& options, common::Diagnostics& diagnostics) const {
    const Stage& stage = stages_[s];
    OptionRules rules;
    const MvmWork* mvm = in_crossbars(stage);
    rules.windows = chip_.mapping.windows && (tiles_of_groups_ || mvm == nullptr || mvm->groups == 1);
    rules.digital_depthwise =
        chip_.mapping.digital == config::DigitalLayers::AutoDepthwise && !is_kept_analog(stage, chip_);
    if (chip_.host.interlayer != config::Interlayer::Host)
      rules.channel_parts = most_channel_parts(stages_, s);
    if (compiles_) rules.rest = rest_place(stages_, s, chip_);
    if (const auto by_hand = given(stage, chip_))
      return take(stage, *by_hand, rules, chosen, options, diagnostics);
    rules.rest.parts = parts_of_rest(stage, !compiles_, chip_, diagnostics);
    const int least = rules.channel_parts > 1 ? least_channel_parts(stage, chip_) : 1;
    rules.channel_parts =
        std::min(rules.channel_parts, useful_channel_parts(raster_of(stage.out_shape).channels, chip_));
    if (compiles_) options = mapping::options(stage, chip_, rules);
    if (least > 1) {
      chosen.channel_parts = least;
      if (compiles_) options.front().given_replicas = least;
    }
    if (compiles_ || !rules.digital_depthwise) return;  // one-to-one: all of them
    chosen.digital = mvm != nullptr && is_depthwise(*mvm);
  }

 private:
  void take(const Stage& stage, const Given& by_hand, OptionRules rules, Chosen& chosen,
            std::vector<Option>& options, common::Diagnostics& diagnostics) const {
    check(stage, by_hand, rules.channel_parts, chip_, diagnostics);
    if (!diagnostics.empty()) return;
    if (stage.as<MvmWork>() == nullptr) {
      chosen.channel_parts = by_hand.sharing.replicas;
      if (!compiles_) return;
      options = mapping::options(stage, chip_, rules);
      options.front().given_replicas = chosen.channel_parts;
      return;
    }
    chosen.sharing = by_hand.sharing;
    chosen.pool = cut_for(*in_crossbars(stage), by_hand);
    rules.rest.parts = parts_of_rest(stage, chosen.pool.is_none(), chip_, diagnostics);
    chosen.channel_parts = std::max(rules.rest.parts, 1);
    if (compiles_) options = {option(stage, chip_, chosen.sharing, chosen.pool, rules.rest)};
  }

  const std::vector<Stage>& stages_;
  const config::Chip& chip_;
  const bool tiles_of_groups_, compiles_;
};

}  // namespace

void share_out(std::vector<Stage>& stages, const config::Chip& chip, bool tiles_of_groups) {
  std::vector<Chosen> chosen(stages.size());
  LayerOptions layers(stages.size());
  common::Diagnostics diagnostics;
  const StagePlanner planner(stages, chip, tiles_of_groups);
  for (std::size_t s = 0; s < stages.size(); ++s)
    planner.plan(static_cast<int>(s), chosen[s], layers[s], diagnostics);
  diagnostics.raise_if_any();
  if (planner.compiles()) choose(layers, stages, chip, chosen);
  for (int s = static_cast<int>(stages.size()); s-- > 0;) apply(chosen[s], s, chip, stages);
}

}  // namespace phasecore::mapping
