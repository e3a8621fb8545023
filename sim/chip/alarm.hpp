// When modules wake: one timed event of the kernel, and one process, for all of them.
#pragma once

#include <functional>
#include <systemc>
#include <utility>
#include <vector>

#include "common/units.hpp"

namespace phasecore::chip {

using common::Picoseconds;
class Machine;
class Snapshot;

/// Wakes machines at set times, in the first delta of the instant. The kernel sorts its timed events one by
/// one, and a chip of many cores has hundreds at every edge of a clock; here each time is sorted once, and
/// the kernel is told of the earliest only. The machines run one after the other in the alarm's process, as
/// the kernel would run processes of their own, whose events would cost more than most of them do.
class Alarm : public sc_core::sc_module {
 public:
  explicit Alarm(const sc_core::sc_module_name& name);

  /// Activates `machine` at `time` of the kernel, which is to come. As often as asked, also twice for one
  /// time.
  void set(Picoseconds time, Machine& machine);
  /// Calls once, before any process runs in the next instant that comes. It must not throw.
  void before_next_instant(std::function<void()> call) { before_ = std::move(call); }
  /// Forgets everything.
  void reset();
  /// In the order in which processes will run: which are woken when. All that will happen.
  void add_to(Snapshot& snapshot) const;

 private:
  using Machines = std::vector<Machine*>;
  struct Time {
    Picoseconds at = 0;
    Machines machines;
  };
  /// Tells the kernel of the earliest time at the end of a delta: several may be set in one, and each that
  /// comes before the one the kernel knows would be sorted in and out again.
  class Hand : public sc_core::sc_prim_channel {
   public:
    explicit Hand(Alarm& alarm) : sc_prim_channel("hand"), alarm_(alarm) {}
    void move() { request_update(); }

   private:
    void update() override { alarm_.tell_kernel(); }
    Alarm& alarm_;
  };
  void ring();
  void tell_kernel();

  sc_core::sc_event next_;
  Picoseconds told_ = 0;  ///< when next_ comes; 0: it does not
  Hand hand_;
  bool ringing_ = false;  ///< machines run, and the kernel is told when all have
  std::function<void()> before_;
  std::vector<Time> times_;      ///< latest first
  std::vector<Machines> spare_;  ///< memory of times that have passed
};

}  // namespace phasecore::chip
