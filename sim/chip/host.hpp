// The host: tasks that take no time, and its end of the links into the chip.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "sim/chip/host_links.hpp"

namespace phasecore::chip {

class Host : public Machine {
 public:
  Host(const sc_core::sc_module_name& name, RunState& run);
  /// A way into the chip, for packets whose route starts on `link`. At elaboration.
  void connect(int link, HostOutlet& outlet);

  void reset();
  /// Adds a host task; all of them start at once.
  void assign(int task);
  /// A packet reaches the host at `due`.
  void put(int packet, Picoseconds due);

  void add_to(Snapshot& snapshot) const override;
  bool may_end_with(int images) const;  ///< as Core's
  void end_with(int images);

  bool done() const;
  /// When the last firing of each image ended.
  const std::vector<Picoseconds>& image_ends(int task) const { return find(task).image_ends; }
  program::TaskActivity task_activity(int task) const;
  int tasks() const { return static_cast<int>(tasks_.size()); }
  const Firings& firings(int index) const { return tasks_[index].firings; }

 private:
  struct HostTask {
    explicit HostTask(Firings f) : firings(std::move(f)) {}
    Firings firings;
    std::size_t missing = 0;  ///< input that lacked a token, last
    std::vector<Picoseconds> image_ends;
  };

  void step(Picoseconds now) override;
  bool fire(HostTask& task, Picoseconds now);
  void send(HostTask& task, std::int64_t firing);
  bool has_credits(const HostTask& task, Picoseconds now);
  const HostTask& find(int task) const;

  std::vector<HostOutlet*> outlets_;
  std::map<int, HostOutlet*> outlet_of_;  ///< of each link from the host
  std::vector<HostTask> tasks_;           ///< as in the program
  std::vector<OutgoingPacket> outgoing_;  ///< of this instant
  Mailbox<int> inbox_;
};

}  // namespace phasecore::chip
