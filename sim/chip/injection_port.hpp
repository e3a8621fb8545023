// A core's network interface: sends the packets of its firings one after the other.
#pragma once

#include "sim/chip/firings.hpp"
#include "sim/chip/ring.hpp"

namespace phasecore::chip {

/// Where a port's packets go. Implemented by the routers, the dedicated links and the host's links.
class PacketSink {
 public:
  virtual ~PacketSink() = default;
  /// May the packet start now? If not, the core is woken when it may, and asks again.
  virtual bool may_start(int core, int packet, Picoseconds now) = 0;
  /// The packet starts now, after may_start() said so. `head_only`: its end is not known yet.
  /// Returns how long the port is busy with it, if nothing slower than the network produces it.
  virtual Picoseconds start(int core, int packet, Picoseconds now, bool head_only) = 0;
  /// The last flit of a packet started with `head_only` leaves the port at `end`.
  virtual void finish(int core, int packet, Picoseconds end) = 0;
};

/// The ways out of a core, by the first link of a route; null where the platform has no such links.
struct Sinks {
  PacketSink* routers = nullptr;
  PacketSink* circuits = nullptr;
  PacketSink* host_links = nullptr;
};

class InjectionPort {
 public:
  /// For one run.
  InjectionPort(Machine& core, int id, const Sinks& sinks) : core_(core), id_(id), sinks_(sinks) {}

  /// Ends and starts what can end and start now; true if anything did.
  bool step(Picoseconds now) {
    return (sending_ ? end_ <= now : !queue_.empty() && queue_.front().ready <= now) && move(now);
  }

  /// A packet of a firing whose last visit begins: it may start at `ready`, or (kNever) when the firing ends.
  void expect(int packet, int output, std::int64_t turn, Picoseconds ready);
  /// A firing ends with one value per output, or without values.
  void firing_ends(std::int64_t turn, std::vector<program::Payload>& values, Picoseconds now);
  /// Have all packets of the firing in this turn, and of those before, left?
  bool injected(std::int64_t turn) const { return queue_.empty() || queue_.front().turn > turn; }
  /// Wakes the core when the packet under way has left.
  void await_injection();

  void add_to(Snapshot& snapshot, std::int64_t turns_of_image) const;

  Picoseconds busy_until() const { return sending_ ? end_ : 0; }
  int queued() const { return static_cast<int>(queue_.size()); }
  /// Nothing is left to send after `now`.
  bool done(Picoseconds now) const {
    return queue_.empty() || (queue_.size() == 1 && sending_ && end_ <= now);
  }
  /// The packet that waits to start, -1 if there is none.
  int waiting() const { return sending_ || queue_.empty() ? -1 : queue_.front().packet; }

 private:
  struct Entry {
    int packet = 0, output = 0;
    std::int64_t turn = 0;
    Picoseconds ready = 0;
    bool complete = false;  ///< its firing has ended
  };
  PacketSink& sink_of(int packet);
  bool move(Picoseconds now);
  void send(Picoseconds now);

  Machine& core_;
  const int id_;
  const Sinks sinks_;
  Ring<Entry> queue_;  ///< the first one is being sent if sending_
  bool sending_ = false;
  Picoseconds free_at_ = 0;  ///< when the flits of the packet under way are through, if the network limits it
  Picoseconds end_ = 0;
};

}  // namespace phasecore::chip
