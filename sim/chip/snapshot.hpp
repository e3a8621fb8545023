// A chip at one moment of a run, so that two moments can be compared (decision 080).
#pragma once

#include <cstdint>
#include <vector>

#include "sim/chip/ring.hpp"
#include "sim/chip/run_state.hpp"

namespace phasecore::chip {

/// All that decides what a chip does from an instant on, before any process has run in it: times from this
/// instant on, counts from the first token, firing or turn of one image on. Two snapshots of one run that are
/// equal have the same future, later by the time between them and further by as many images. Every module
/// adds its own state; addresses stand for objects, which do not move in a run.
class Snapshot {
 public:
  Snapshot(RunState& run, std::int64_t image) : run_(run), now_(run.now()), image_(image) {}

  Picoseconds now() const { return now_; }
  std::int64_t image() const { return image_; }

  void add(std::int64_t value) { words_.push_back(value); }
  void add(const void* object) { add(static_cast<std::int64_t>(reinterpret_cast<std::intptr_t>(object))); }
  void add_size(std::size_t size) { add(static_cast<std::int64_t>(size)); }
  /// A time, passed or to come.
  void add_time(Picoseconds time) { add(time - now_); }
  /// From which time on something may be done: those that have passed are all alike.
  void add_due(Picoseconds time) { add(is_past(time) ? 0 : time - now_); }
  bool is_past(Picoseconds time) const { return time <= now_; }
  /// A number counted over all images.
  void add_count(std::int64_t count, std::int64_t per_image) { add(count - image_ * per_image); }
  void add_packet(int packet);

  bool operator==(const Snapshot& other) const { return words_ == other.words_; }

 private:
  RunState& run_;
  Picoseconds now_;
  std::int64_t image_;
  std::vector<std::int64_t> words_;
};

}  // namespace phasecore::chip
