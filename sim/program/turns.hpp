// In which order the firings of a core's tasks take turns (docs/model/timing.md, T7).
#pragma once

#include <cstdint>
#include <vector>

#include "sim/program/program.hpp"

namespace phasecore::program {

/// A firing in its turn.
struct Turn {
  int member = 0;           ///< index into Turns::tasks()
  std::int64_t firing = 0;  ///< of the task, counted over all images
};

/// The turns of one core in one run, numbered from 0. Those that are skipped have no number.
class Turns {
 public:
  Turns() = default;
  /// `tasks`: those of the core.
  Turns(const Program& program, std::vector<int> tasks, int images);

  const std::vector<int>& tasks() const { return tasks_; }
  std::int64_t total() const { return total_; }
  /// Turn number k < total(), unless it was forgotten.
  Turn at(std::int64_t k) { return order_ == nullptr ? Turn{0, k} : ordered(k); }
  /// Nobody asks for turns below k any more.
  void forget(std::int64_t k);

  /// What is known of the turns from k on, and from where it goes on, counted from the first firing of
  /// `image` on: equal for two images if all that follows is alike. Empty where a core has one task.
  std::vector<std::int64_t> from(std::int64_t k, std::int64_t image) const;
  /// Would all turns so far be the same in a run of so many images?
  bool may_end_with(int images) const;
  /// From now on the run has so many.
  void end_with(int images);

 private:
  Turn ordered(std::int64_t k);
  void append();

  std::vector<int> tasks_;
  std::int64_t total_ = 0;
  const CoreOrder* order_ = nullptr;   ///< none: one task
  std::vector<std::int64_t> next_;     ///< of each member, the firing of its next turn; negative: skipped
  std::vector<std::int64_t> end_;      ///< of each member: firings of the run
  std::vector<std::int64_t> firings_;  ///< of each task, per image
  std::size_t turn_ = 0;               ///< of the period
  std::int64_t first_ = 0;             ///< number of the first turn that is kept
  std::vector<Turn> kept_;
};

}  // namespace phasecore::program
