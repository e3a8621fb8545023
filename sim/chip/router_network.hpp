// The routers of a platform, the links between them, and the ways in from cores and from the host.
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "sim/chip/router.hpp"

namespace phasecore::chip {

class RouterNetwork : public PacketSink {
 public:
  RouterNetwork(RunState& run, const std::vector<std::unique_ptr<Core>>& cores, Host& host);

  void reset();
  const std::vector<std::unique_ptr<Router>>& routers() const { return routers_; }
  bool empty() const;
  void add_to(Snapshot& snapshot) const;

  /// Is there room for a packet at the end of the first link of its route? If not, its sender is woken then.
  bool has_room(int packet, Picoseconds now);
  /// Takes that room; the packet (its head, or all of it where the link stores) is there at `due`.
  void enter(int packet, Picoseconds due);

  bool may_start(int core, int packet, Picoseconds now) override;
  Picoseconds start(int core, int packet, Picoseconds now, bool head_only) override;
  void finish(int core, int packet, Picoseconds end) override;

 private:
  /// A link into a router from outside.
  struct Entry {
    Router* router = nullptr;
    int input = 0, buffer_flits = 0;
    Machine* sender = nullptr;
    Credits room;  ///< of the sender
  };

  void make_room();
  void add_outputs(const std::vector<std::unique_ptr<Core>>& cores, Host& host);
  void add_inputs(const std::vector<std::unique_ptr<Core>>& cores, Host& host);
  Entry& entry(int packet);
  void expect_ways(const program::Route& route);
  std::vector<Turn> way_of(const program::Route& route) const;
  const LinkTimes& times_of(const program::Link& link);

  RunState& run_;
  std::vector<std::unique_ptr<Router>> routers_;
  std::deque<LinkTimes> times_;          ///< those there are
  std::vector<int> index_;               ///< of each link: which output of its router, or which entry, it is
  std::deque<Entry> entries_;            ///< stay where they are
  std::vector<std::vector<Turn>> ways_;  ///< of each stream's packets: a tree where they carry several
};

}  // namespace phasecore::chip
