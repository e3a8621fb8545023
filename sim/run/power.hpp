// Where a core's constant power goes: its time in each state, from what a run says about its gaps.
#pragma once

#include <array>

#include "sim/config/chip.hpp"
#include "sim/program/activity.hpp"

namespace phasecore::run {

using common::Attojoules;
using common::Picoseconds;

/// Busy and waiting cores take power.waiting_mw, gated ones power.gated_mw; waking ones power.waiting_mw, and
/// power.wake_nj each time. Off: no task.
enum class PowerState : std::uint8_t { Busy, Waiting, Gated, Waking, Off };
constexpr int kPowerStates = 5;
const char* name_of(PowerState state);  ///< report key: "busy", ...

/// Of one core and one image.
struct CorePower {
  std::array<Picoseconds, kPowerStates> time_ps{};
  std::array<Attojoules, kPowerStates> energy{};
  double wakes = 0;

  Attojoules total() const;
};

/// The images that a core's share of an image is taken from: those between two marks of the run.
struct MarkedImages {
  int first = 0, last = 0;
  int count() const { return last - first; }
};
/// Of a run of so many images, of which `draining` at the end have nothing behind them: the last two that
/// have, or all of a run that is too short for these.
MarkedImages marked_images(int images, int draining);

/// A core with tasks, while an image takes `duration`. What its own share of an image does not fill of that
/// is a gap more.
CorePower power_of(const program::CoreActivity& core, const MarkedImages& images, const config::Power& power,
                   Picoseconds duration);
/// A core without.
CorePower power_when_off(const config::Power& power, Picoseconds duration);

}  // namespace phasecore::run
