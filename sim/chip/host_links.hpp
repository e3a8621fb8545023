// The links between the host and the chip (T16): ports at routers, or one link per core and direction.
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "sim/chip/core.hpp"
#include "sim/chip/link_use.hpp"
#include "sim/chip/router_network.hpp"

namespace phasecore::chip {

struct OutgoingPacket {
  int packet = 0, task = 0;
  std::int64_t firing = 0;
};

/// The host's way into the chip; lives in the host's process.
class HostOutlet {
 public:
  virtual ~HostOutlet() = default;
  virtual void reset(Machine& host) = 0;
  virtual void enqueue(const OutgoingPacket& packet, Picoseconds now) = 0;
  /// Starts what can start now.
  virtual void step(Picoseconds now) = 0;
  /// Nothing waits, and no room is taken.
  virtual bool empty() const = 0;
  virtual void add_to(Snapshot& snapshot) const = 0;
  virtual std::vector<const LinkUse*> links() const = 0;
};

/// A port at a router: packets cross the host's link and go on when their last flit has crossed it.
class HostPort : public HostOutlet {
 public:
  HostPort(RunState& run, RouterNetwork& routers, const program::Link& link);
  void reset(Machine& host) override;
  void enqueue(const OutgoingPacket& packet, Picoseconds now) override;
  void step(Picoseconds now) override;
  bool empty() const override { return queue_.empty(); }
  void add_to(Snapshot& snapshot) const override;
  std::vector<const LinkUse*> links() const override { return {&use_}; }

 private:
  RunState& run_;
  RouterNetwork& routers_;
  Machine* host_ = nullptr;
  LinkUse use_;
  std::deque<int> queue_;
  Picoseconds free_at_ = 0;
};

/// A link per core and direction. Credits have made sure that the receiver has room, so nothing holds a
/// packet up but the packets before it.
class OwnHostLinks : public HostOutlet, public PacketSink {
 public:
  OwnHostLinks(RunState& run, Host& host, const std::vector<std::unique_ptr<Core>>& cores);

  // Host to core.
  void reset(Machine& host) override;
  void enqueue(const OutgoingPacket& packet, Picoseconds now) override;
  void step(Picoseconds) override {}
  bool empty() const override { return true; }
  void add_to(Snapshot& snapshot) const override;
  std::vector<const LinkUse*> links() const override;

  // Core to host.
  bool may_start(int core, int packet, Picoseconds now) override;
  Picoseconds start(int core, int packet, Picoseconds now, bool head_only) override;
  void finish(int core, int packet, Picoseconds end) override;

 private:
  struct Down {
    explicit Down(const program::Link& link) : use(link) {}
    LinkUse use;
    Picoseconds free_at = 0;
    std::deque<Picoseconds> starts;  ///< of packets that wait
  };
  RunState& run_;
  Host& host_;
  const std::vector<std::unique_ptr<Core>>& cores_;
  std::vector<int> index_;  ///< of each link of the platform in down_ or up_
  std::vector<Down> down_;
  std::vector<LinkUse> up_;
};

}  // namespace phasecore::chip
