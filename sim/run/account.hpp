// Energy books of a run: who spent what, in three ways that must agree to the attojoule.
#pragma once

#include <vector>

#include "sim/config/chip.hpp"
#include "sim/program/activity.hpp"
#include "sim/program/program.hpp"
#include "sim/run/bounds.hpp"
#include "sim/run/power.hpp"

namespace phasecore::run {

using program::EnergySplit;

/// What idle cores might take: every energy is told for each of these powers as well.
constexpr std::array<double, 3> kIdlePowersMw = {49.2, 12.0, 0.5};

/// Energy of one image. Attribution (docs/model/energy.md): a firing -> its task's layer and core; moving a
/// token -> the layer that produced it, and the network or the host; writing it -> the producing layer, and
/// the receiving core; constant power of a mapped core -> its layer; routers, unmapped cores and the image's
/// way in -> "shared".
struct EnergyBooks {
  std::vector<EnergySplit> layers;  ///< as Program::layers; the last one is "shared"
  std::vector<Attojoules> cores;    ///< dynamic and static, by core id
  Attojoules network = 0;           ///< links and routers, dynamic
  Attojoules host = 0;
  Attojoules shared = 0;  ///< constant power of routers and unmapped cores
  EnergySplit components{};
  Attojoules total = 0;
  std::vector<CorePower> power;  ///< part of `cores`, and of `shared` where the core is off
  Attojoules routers = 0;        ///< the rest of `shared`
  /// The total if all cores with tasks took so much while they are not busy, and waking were free.
  std::array<Attojoules, kIdlePowersMw.size()> with_idle_power{};
  /// What the total cannot be below, however firings are spread over the time.
  Attojoules least = 0;
};

/// `activity` is the run; constant power is that of its images in steady state, charged over `static_ps` per
/// image. Throws InternalError when the sums over layers, over places and over components differ, or counts
/// are not the same for every image.
EnergyBooks account(const program::Program& program, const program::Activity& activity, const SteadyRun& run,
                    const config::Chip& chip, Picoseconds static_ps);

/// Multiply-accumulates that one image's firings did, per layer (as Program::layers). `wanted`: what the
/// network's layers are, by the network's own arithmetic; throws InternalError naming the layer where the two
/// differ.
std::vector<std::int64_t> count_macs(const program::Program& program, const program::Activity& activity,
                                     int images, const std::vector<std::int64_t>& wanted);

}  // namespace phasecore::run
