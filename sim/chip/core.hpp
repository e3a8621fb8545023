// One core: units that firings pass one after the other, and a network interface, around its activation
// memory.
#pragma once

#include "sim/chip/core_time.hpp"
#include "sim/chip/mailbox.hpp"
#include "sim/chip/unit.hpp"

namespace phasecore::chip {

/// What reaches a core: the beginning of a streaming packet, a whole packet, leave to start on dedicated
/// links.
struct CoreMessage {
  enum class Kind { Head, Packet, Grant } kind = Kind::Packet;
  int packet = 0;
};

/// The units hand firings to each other within an instant, so they share one process; all that reaches the
/// core from outside comes through its mailbox and its credits. A core without a task is never woken, and has
/// little more than its names: most cores of a large chip have none.
class Core : public Machine {
 public:
  Core(const sc_core::sc_module_name& name, int id, RunState& run);

  void reset();
  /// Gives the core its tasks, of which there are some; they start at once.
  void assign(const std::vector<int>& tasks, const Sinks& sinks);

  void put(const CoreMessage& message, Picoseconds due);
  void add_to(Snapshot& snapshot) const override;

  bool has_task() const { return work_ != nullptr; }
  program::CoreActivity activity(Picoseconds end);

  // Of a core with tasks:
  const std::vector<Firings>& tasks() const { return work_->tasks; }
  /// The task whose turn it is; total() of the turns must not be reached.
  int waiting_task() { return work_->of(work_->turns.at(work_->oldest)).task_id; }
  const InjectionPort& port() const { return work_->port; }
  const CoreTime& time() const { return work_->time; }
  /// Would it have done the same so far if the run had so many images, and has it something left to do?
  bool may_end_with(int images) const;
  /// From now on the run has so many, after may_end_with() said so.
  void end_with(int images);
  program::TaskActivity task_activity(int task) const;
  /// All firings have ended and all packets have left.
  bool done() const;
  const int& traced_state() const { return traced_state_; }

 private:
  struct Work : CoreWork {
    CoreTime time = {};
    std::int64_t oldest = 0;          ///< the first turn whose firing has not ended
    std::int64_t next_image = 0;      ///< the first turn of the next image
    const Unit* begins_at = nullptr;  ///< where it starts; null: there is no further image
  };

  void step(Picoseconds now) override;
  void receive(Picoseconds now);
  void find_oldest();
  void find_next_image();
  Picoseconds busy_until() const;
  std::optional<program::Stall> stall();

  const int id_;
  int traced_state_ = 0;
  std::vector<std::unique_ptr<Unit>> units_;
  Mailbox<CoreMessage> inbox_;
  std::unique_ptr<Work> work_;  ///< null: no tasks
};

}  // namespace phasecore::chip
