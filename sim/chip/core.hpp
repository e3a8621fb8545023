// One core: load unit, crossbar with ADCs, digital unit and network interface around its activation memory.
#pragma once

#include "sim/chip/core_time.hpp"
#include "sim/chip/crossbar.hpp"
#include "sim/chip/digital_unit.hpp"
#include "sim/chip/injection_port.hpp"
#include "sim/chip/load_unit.hpp"
#include "sim/chip/mailbox.hpp"

namespace phasecore::chip {

/// What reaches a core: the beginning of a streaming packet, a whole packet, leave to start on dedicated
/// links.
struct CoreMessage {
  enum class Kind { Head, Packet, Grant } kind = Kind::Packet;
  int packet = 0;
};

/// The units hand firings to each other within an instant, so they share one process; all that reaches the
/// core from outside comes through its mailbox and its credits. A core without a task is never woken.
class Core : public Machine {
 public:
  Core(const sc_core::sc_module_name& name, int id, RunState& run);

  void reset(const Sinks& sinks);
  /// Gives the core its task; it starts at once.
  void assign(int task);

  void put(const CoreMessage& message, Picoseconds due);

  bool has_task() const { return firings_.task != nullptr; }
  const Firings& firings() const { return firings_; }
  const InjectionPort& port() const { return port_; }
  program::CoreActivity activity(Picoseconds end);
  program::TaskActivity task_activity() const;
  /// All firings have ended and all packets have left.
  bool done() const;
  std::optional<program::Stall> waits_for();
  const int& traced_state() const { return traced_state_; }

 private:
  void step(Picoseconds now) override;
  void receive(Picoseconds now);
  std::optional<program::Stall> stall();

  const int id_;
  Firings firings_;
  LoadUnit load_;
  Crossbar crossbar_;
  InjectionPort port_;
  DigitalUnit digital_;
  Mailbox<CoreMessage> inbox_;
  CoreTime time_;
  int traced_state_ = 0;
};

}  // namespace phasecore::chip
