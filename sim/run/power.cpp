#include "sim/run/power.hpp"

#include <algorithm>
#include <numeric>

#include "common/diagnostics.hpp"

namespace phasecore::run {
namespace {

int index(PowerState state) {
  return static_cast<int>(state);
}

Attojoules wake_energy(const config::Power& power, double wakes) {
  return common::rounded_energy(power.wake_nj * 1e9 * wakes);
}

}  // namespace

const char* name_of(PowerState state) {
  static const char* const kNames[kPowerStates] = {"busy", "waiting", "gated", "waking", "off"};
  return kNames[index(state)];
}

Attojoules CorePower::total() const {
  return std::accumulate(energy.begin(), energy.end(), Attojoules{0});
}

MarkedImages marked_images(int images, int draining) {
  const int last = images - draining - 1;  // the mark at which the last image begins that has one behind it
  return last >= 3 ? MarkedImages{last - 2, last} : MarkedImages{0, images};
}

CorePower power_of(const program::CoreActivity& core, const MarkedImages& images, const config::Power& power,
                   Picoseconds duration) {
  const program::CoreMark& from = core.marks.at(images.first);
  const program::CoreMark& to = core.marks.at(images.last);
  const int n = images.count();
  Picoseconds gaps_ps = (to.gaps_ps - from.gaps_ps) / n;
  std::int64_t gaps = to.gaps - from.gaps;  // of n images
  if (const Picoseconds rest = duration - (to.at_ps - from.at_ps) / n; rest >= power.least_gap_ps()) {
    gaps_ps += rest;
    gaps += n;
  }
  const Picoseconds busy = std::min((to.busy_ps - from.busy_ps) / n, duration);
  gaps_ps = std::min(gaps_ps, duration - busy);
  const Picoseconds waking = std::min(gaps * common::ps_from_ns(power.wake_ns) / n, gaps_ps);

  CorePower out;
  out.wakes = static_cast<double>(gaps) / n;
  const auto put = [&](PowerState state, Picoseconds time, Attojoules energy) {
    out.time_ps[index(state)] = time;
    out.energy[index(state)] = energy;
  };
  const auto clocked = [&](Picoseconds time) { return common::aj_from_mw(power.waiting_mw, time); };
  const Picoseconds gated = gaps_ps - waking;
  put(PowerState::Busy, busy, clocked(busy));
  put(PowerState::Gated, gated, common::aj_from_mw(power.gated_mw, gated));
  put(PowerState::Waking, waking, clocked(waking) + wake_energy(power, out.wakes));
  // The rest, so that a core that is never gated takes exactly its power times the duration.
  put(PowerState::Waiting, duration - busy - gaps_ps,
      clocked(duration - gated) - clocked(busy) - clocked(waking));
  return out;
}

CorePower power_when_off(const config::Power& power, Picoseconds duration) {
  CorePower out;
  out.time_ps[index(PowerState::Off)] = duration;
  out.energy[index(PowerState::Off)] = common::aj_from_mw(power.off_mw, duration);
  return out;
}

}  // namespace phasecore::run
