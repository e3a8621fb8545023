// What happened when a program ran: counts and times, integers only. Both engines (chip, analytic) return it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/program/program.hpp"

namespace phasecore::program {

/// Why a core with work to do does nothing.
enum class Stall : std::uint8_t { Input, Link, PartialSum, Memory };
constexpr int kStalls = 4;
const char* name_of(Stall cause);  ///< report key: "input", "link", "partial_sum", "memory"

/// What a core had done by a moment. A gap is a time, after mark 0, in which it was not busy, before one in
/// which it was; those of at least Platform::least_gap_ps are counted when they end.
struct CoreMark {
  Picoseconds at_ps = 0, busy_ps = 0;
  Picoseconds gaps_ps = 0;
  std::int64_t gaps = 0;
  bool operator==(const CoreMark& other) const {
    return at_ps == other.at_ps && busy_ps == other.busy_ps && gaps_ps == other.gaps_ps && gaps == other.gaps;
  }
};

/// A core's time from 0 to Activity::end_ps: busy + idle + stalled = end_ps (checked).
/// busy: any of its units or its injection port works. Otherwise its oldest unfinished firing decides (T20):
/// if a token of that firing's image has arrived the core is stalled, and the cause is what the firing waits
/// for: input, partial_sum, memory (a credit), link (packets of earlier firings are not injected yet), in
/// this order if several. Else idle.
struct CoreActivity {
  Picoseconds busy_ps = 0, idle_ps = 0;
  std::array<Picoseconds, kStalls> stalled_ps{};
  std::int64_t firings = 0;
  /// One per image, when its share of the core's turns begins (the first of them starts at its first unit),
  /// and one when the core's work is done. None of a core without tasks.
  std::vector<CoreMark> marks;
};

struct TaskActivity {
  std::int64_t firings = 0;
  Picoseconds first_start_ps = 0;  ///< of the first visit
  Picoseconds last_end_ps = 0;     ///< of the last visit
};

/// One direction of one physical link: router to router, core to core, or host link. Ends are core ids; kHost
/// is the host. The links between a core and its own router are not listed.
struct LinkActivity {
  int from = 0, to = 0;
  std::int64_t packets = 0, flits = 0;
  Picoseconds busy_ps = 0;  ///< flits * clock
  int max_queue = 0;        ///< most packets waiting for it at one time
};

struct Activity {
  Picoseconds end_ps = 0;                 ///< last firing, injection or arrival
  std::vector<Picoseconds> image_end_ps;  ///< arrival of the last logit of each image: the sink's last firing
  std::vector<TaskActivity> tasks;        ///< as Program::tasks
  std::vector<std::int64_t> stream_tokens;  ///< delivered, as Program::streams
  std::vector<CoreActivity> cores;          ///< all cores of the platform
  std::vector<LinkActivity> links;          ///< sorted by (from, to); links never used may be left out
  int continued_images = 0;                 ///< of all: not simulated, but continued from others, exactly
  std::uint64_t events = 0;  ///< times a module of the SystemC chip ran (0 from the analytic engine)
};

/// Closes the books of a run against its program: every token sent was delivered and freed, firings complete,
/// flits of links equal the sum over packets of flits times hops, core time partitioned. Throws InternalError
/// naming the entry.
void check(const Activity& activity, const Program& program, const Platform& platform, int images);

/// Bytes for a pipe between processes (same binary on both ends).
std::string to_bytes(const Program& program);
std::string to_bytes(const Activity& activity);
std::string to_bytes(const Platform& platform);
Program program_from_bytes(const std::string& bytes);
Activity activity_from_bytes(const std::string& bytes);
Platform platform_from_bytes(const std::string& bytes);

}  // namespace phasecore::program
