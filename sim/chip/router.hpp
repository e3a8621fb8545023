// A router of the mesh: input buffers, virtual cut-through, XY routes, round robin per output.
#pragma once

#include <array>
#include <deque>

#include "sim/chip/core.hpp"
#include "sim/chip/link_use.hpp"

namespace phasecore::chip {

class Host;

class Router : public Machine {
 public:
  enum Port { kEast, kWest, kNorth, kSouth, kLocal, kToHost, kPorts };

  Router(const sc_core::sc_module_name& name, int id, RunState& run);

  // Elaboration.
  void connect(Port output, Router& neighbour, Port input);
  void connect_core(Core& core, Credits& room_at_core);
  void connect_host(Host& host, Credits& room_at_host);

  void reset();
  /// The head of a packet reaches an input at `head`; on the host's input, where it was stored, the whole
  /// packet. The sender has made sure that there is room for all of it.
  void accept(Port input, int packet, Picoseconds head);

  /// The links that leave this router, to other routers and to the host.
  std::vector<const LinkUse*> links() const;
  /// All room that was taken from neighbours has been given back.
  bool empty() const;
  int buffered() const;

 private:
  struct Arrival {
    Port input = kLocal;
    int packet = 0;
  };
  struct Waiting {
    int packet = 0;
    Port output = kLocal;
  };
  struct Input {
    std::deque<Waiting> fifo;
    Picoseconds read_free_at = 0;
    Credits* sender = nullptr;  ///< who knows how much room is here
  };
  struct Output {
    Router* neighbour = nullptr;
    Port neighbour_input = kLocal;
    Credits room;  ///< in the neighbour's buffer, flits
    Picoseconds free_at = 0;
    int last_input = kPorts - 1;
    int waiting = 0;
    LinkUse use;
  };

  void step(Picoseconds now) override;
  Port route(int packet) const;
  void forward(Port output, Picoseconds now);
  void send(Port input, Port output, Picoseconds now);
  void schedule(Picoseconds now);
  bool has_room(Output& output, int packet, Picoseconds now);

  const int id_;
  Core* core_ = nullptr;
  Host* host_ = nullptr;
  std::array<Input, kPorts> inputs_;
  std::array<Output, kPorts> outputs_;
  Mailbox<Arrival> inbox_;
};

}  // namespace phasecore::chip
