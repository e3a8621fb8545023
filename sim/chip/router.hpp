// A router of the mesh: input buffers, virtual cut-through, XY routes, round robin per output.
#pragma once

#include <array>
#include <cstdint>

#include "sim/chip/core.hpp"
#include "sim/chip/link_use.hpp"

namespace phasecore::chip {

class Host;

/// What routers need to know of a packet, taken along so that no hop has to look it up.
struct Parcel {
  int packet = 0, flits = 0;
  std::int16_t x = 0, y = 0;  ///< of the router where it leaves the mesh
  bool to_host = false;       ///< there: to the host, else to the core
};
Parcel parcel_of(RunState& run, int packet);

class Router : public Machine {
 public:
  enum Port : std::int8_t { kEast, kWest, kNorth, kSouth, kLocal, kToHost, kPorts };

  Router(const sc_core::sc_module_name& name, int id, RunState& run);

  // Elaboration.
  void connect(Port output, Router& neighbour, Port input);
  void connect_core(Core& core, Credits& room_at_core);
  void connect_host(Host& host, Credits& room_at_host);

  void reset();
  /// The head of a packet reaches an input at `head`; on the host's input, where it was stored, the whole
  /// packet. The sender has made sure that there is room for all of it.
  void accept(Port input, const Parcel& parcel, Picoseconds head);

  /// The links that leave this router, to other routers and to the host.
  std::vector<const LinkUse*> links() const;
  /// All room that was taken from neighbours has been given back.
  bool empty() const;
  int buffered() const;

 private:
  struct Waiting {
    Parcel parcel;
    Port output = kLocal;
  };
  struct Arrival {
    Port input = kLocal;
    Waiting waiting;
  };
  struct Input {
    Ring<Waiting> fifo;
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
  Port route(const Parcel& parcel) const;
  void forward(Port output, Picoseconds now);
  void send(Port input, Port output, Picoseconds now);
  void schedule(Picoseconds now);
  bool has_room(Output& output, int flits, Picoseconds now);

  const int id_, x_, y_;
  Core* core_ = nullptr;
  Host* host_ = nullptr;
  std::array<Input, kPorts> inputs_;
  std::array<Output, kPorts> outputs_;
  Mailbox<Arrival> inbox_;
};

}  // namespace phasecore::chip
