// Who evaluates: workers on this machine, or other ranks.
#pragma once

#include <poll.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "nas/evaluate/job.hpp"

namespace phasecore::evaluate {

/// A job that was given comes back exactly once, as an outcome, unless it is abandoned. Outcomes do not
/// depend on who evaluates.
class Workers {
 public:
  using OnDone = std::function<void(std::uint64_t number, Outcome outcome)>;

  virtual ~Workers() = default;
  /// How many jobs could be given now. May change whenever collect() is called.
  virtual std::size_t free() const = 0;
  /// `number` is the caller's, and no other job of these workers has it now.
  virtual void give(std::uint64_t number, const Job& job) = 0;
  /// Adds what poll() shall wait for: something to collect.
  virtual void watch(std::vector<pollfd>& waited) const = 0;
  /// Hands out the outcomes that have come in; never waits. To be called about every tick_seconds(), too:
  /// limits are looked at here. Throws EnvironmentError when workers are gone that cannot be replaced.
  virtual void collect(const OnDone& done) = 0;
  /// Ends all running jobs; none of them comes back.
  virtual void abandon() = 0;
  virtual double tick_seconds() const { return 0.5; }
};

}  // namespace phasecore::evaluate
