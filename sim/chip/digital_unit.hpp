// The local digital processing unit: scales and activates the counts of a firing, adds what streams in, sends
// it on.
#pragma once

#include <limits>
#include <optional>

#include "sim/chip/firings.hpp"
#include "sim/chip/injection_port.hpp"

namespace phasecore::chip {

/// An end that is not known yet.
constexpr Picoseconds kNever = std::numeric_limits<Picoseconds>::max();

class DigitalUnit {
 public:
  DigitalUnit(Machine& core, Firings& firings, InjectionPort& port)
      : core_(core), firings_(firings), port_(port) {}
  void reset() { working_ = false, last_end_ = 0; }

  /// Ends and starts what can end and start now; true if anything did.
  bool step(Picoseconds now);

  /// Why the oldest unfinished firing, multiplied but not started here, waits; none if it does not.
  std::optional<program::Stall> waits_for(Picoseconds now);

  Picoseconds busy_until() const { return working_ ? end_ : 0; }
  Picoseconds last_end() const { return last_end_; }

 private:
  bool finish(Picoseconds now);
  bool start(Picoseconds now);
  std::optional<program::Stall> missing_token(std::int64_t firing) const;
  /// Is a token missing that is no partial sum?
  bool lacks(const BufferedInput& in, std::int64_t firing) const;
  bool has_credits(std::int64_t firing, Picoseconds now);
  /// Latest arrival of the tails the firing needs on streaming inputs, kNever while one is on its way.
  Picoseconds tails(std::int64_t firing) const;

  Machine& core_;
  Firings& firings_;
  InjectionPort& port_;
  bool working_ = false;
  Picoseconds start_ = 0, end_ = 0, last_end_ = 0;
  mutable std::size_t missing_ = 0;  ///< input that lacked a token, last
  std::size_t full_ = 0;             ///< output without a credit, last
};

}  // namespace phasecore::chip
