// Dedicated core-to-core links with static routes: circuits that are granted as a whole (T15).
#pragma once

#include <memory>
#include <vector>

#include "sim/chip/core.hpp"
#include "sim/chip/link_use.hpp"

namespace phasecore::chip {

/// Intermediate cores forward without storing, so a packet starts only when every link of its route will be
/// free by the time its head gets there. Requests of one instant are collected and decided one delta later,
/// older ones first.
class DedicatedLinks : public Machine, public PacketSink {
 public:
  DedicatedLinks(const sc_core::sc_module_name& name, RunState& run,
                 const std::vector<std::unique_ptr<Core>>& cores);

  void reset();
  const std::vector<LinkUse>& links() const { return use_; }
  bool empty() const { return pending_.empty(); }
  void add_to(Snapshot& snapshot) const override;

  bool may_start(int core, int packet, Picoseconds now) override;
  Picoseconds start(int core, int packet, Picoseconds now, bool head_only) override;
  void finish(int core, int packet, Picoseconds end) override;

 private:
  enum class Leave { None, Requested, Granted };
  /// To the arbiter: a core wants to send on the route of a stream, or (release) its last flit leaves at
  /// `end`.
  struct Message {
    bool release = false;
    int core = 0, stream = 0, packet = 0;
    Picoseconds end = 0;
  };
  struct Link {
    bool held = false;     ///< by a packet whose end is not known yet
    bool claimed = false;  ///< an older request waits for it
    int waiting = 0;
    Picoseconds free_at = 0;
  };

  void step(Picoseconds now) override;
  static void add(Snapshot& snapshot, const Message& message);
  bool grant(const Message& request, Picoseconds now);
  Picoseconds passage(const std::vector<int>& route) const;  ///< of a head over all of it
  const std::vector<int>& route(int packet) const;

  const std::vector<std::unique_ptr<Core>>& cores_;
  std::vector<LinkUse> use_;
  std::vector<Link> links_;
  std::vector<int> index_;                ///< of each link of the platform among these
  std::vector<std::vector<int>> routes_;  ///< of each stream
  std::vector<Leave> leaves_;             ///< of each core
  std::vector<Message> pending_;          ///< oldest first
  Mailbox<Message> inbox_;
};

}  // namespace phasecore::chip
