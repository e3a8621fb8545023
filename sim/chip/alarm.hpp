// When processes wake: one timed event of the kernel for all of them.
#pragma once

#include <systemc>
#include <vector>

#include "common/units.hpp"

namespace phasecore::chip {

using common::Picoseconds;

/// Wakes events at set times, a delta after the instant begins. The kernel sorts its timed events one by one,
/// and a chip of many cores has hundreds at every edge of a clock; here each time is sorted once.
class Alarm : public sc_core::sc_module {
 public:
  explicit Alarm(const sc_core::sc_module_name& name);

  /// Notifies `event` after `delay` > 0. As often as asked, also twice for one time.
  void set(Picoseconds delay, sc_core::sc_event& event);
  /// Forgets everything.
  void reset();

 private:
  using Events = std::vector<sc_core::sc_event*>;
  struct Time {
    Picoseconds at = 0;  ///< of the kernel
    Events events;
  };
  void ring();

  sc_core::sc_event next_;
  std::vector<Time> times_;    ///< latest first
  std::vector<Events> spare_;  ///< memory of times that have passed
};

}  // namespace phasecore::chip
