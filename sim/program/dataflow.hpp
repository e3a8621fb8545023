// What a program asks for: tasks that visit units, and the tokens that travel between them. A cyclo-static
// dataflow graph; the rules that say when a firing starts and ends are in docs/model/timing.md (T1, T2, ...).
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "sim/program/platform.hpp"

namespace phasecore::program {

using common::Attojoules;

enum class Component : std::uint8_t { Array, Dac, Adc, Digital, Memory, Network, Host, Static };
constexpr int kComponents = 8;
const char* name_of(Component component);  ///< report key: "array", ...
using EnergySplit = std::array<Attojoules, kComponents>;

/// When the next visit of a firing frees the register in which the result of this one lies (T5).
enum class Frees : std::uint8_t { AtStart, AtEnd };

/// A firing at one unit of its core (T3 to T6).
struct Visit {
  int unit = 0;                 ///< of the core, index into Platform::units
  Picoseconds duration_ps = 0;  ///< the unit works for one firing
  Picoseconds pipeline_ps = 0;  ///< of which until the first output leaves it
  int registers = 1;            ///< behind the unit: as many results can wait or be in the next unit
  Frees frees = Frees::AtEnd;
  EnergySplit energy{};  ///< of one firing
};

/// The units that every core has, in the order of Platform::units, and what a firing does there. Digital
/// tasks pass the crossbar in no time.
enum StandardUnit : int { kLoad, kCrossbar, kDigital, kStandardUnits };
/// From memory into the input register, which is double-buffered.
Visit load_visit(Picoseconds duration_ps);
/// Multiplication and conversion. The counters hold one result; with `overlap` they are read while the next
/// vector is multiplied.
Visit crossbar_visit(Picoseconds duration_ps, bool overlap);
/// Has two output registers.
Visit digital_visit(Picoseconds duration_ps, Picoseconds pipeline_ps);

/// What firing i of an image needs from one stream; both vectors have one entry per firing, non-decreasing.
struct Input {
  int stream = 0;
  int visit = 0;                      ///< the visit that waits for the tokens; 0 for host tasks
  std::vector<std::int32_t> need;     ///< tokens of this image that must have arrived
  std::vector<std::int32_t> release;  ///< tokens of this image no later firing needs
};

/// Which firings send a token on a stream. Empty mask: all of them.
struct Output {
  int stream = 0;
  std::vector<std::uint8_t> emits;
};

inline bool emits(const Output& output, std::int64_t firing_of_image) {
  return output.emits.empty() || output.emits[firing_of_image] != 0;
}

enum class TaskKind : std::uint8_t { Mvm, Digital, Host };

/// Fires a fixed number of times per image; firing g is counted over all images.
struct Task {
  int layer = 0;  ///< index into Program::layers, for attribution
  int core = kHost;
  TaskKind kind = TaskKind::Mvm;
  int firings = 0;            ///< per image
  std::vector<Visit> visits;  ///< units in ascending order; none on the host, whose tasks take no time
  std::vector<Input> inputs;
  std::vector<Output> outputs;
  std::int64_t macs = 0;      ///< one firing
  int rows = 0, columns = 0;  ///< of the crossbar in use (0 for digital tasks)

  /// Inputs wait for one of these; host tasks have one that takes no time.
  int steps() const { return visits.empty() ? 1 : static_cast<int>(visits.size()); }
};

/// One firing at all units.
EnergySplit firing_energy(const Task& task);
/// From the start of the first visit to the end of the last if nothing holds it up.
Picoseconds firing_ps(const Task& task);
/// From one firing to the next of a task alone on its core, if nothing holds it up: the longest visit, or two
/// in a row of which only one works at a time (T5).
Picoseconds period_ps(const Task& task);

}  // namespace phasecore::program
