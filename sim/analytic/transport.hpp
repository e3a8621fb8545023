// How long packets take when nothing contends for links (T13, T15, T16, T21): the network half of the
// recursion.
#pragma once

#include <vector>

#include "sim/program/multicast.hpp"

namespace phasecore::analytic {

using program::Picoseconds;

/// One token on its way.
struct Passage {
  bool packet = true;         ///< false where the token stays, or a packet of another stream carries it
  Picoseconds start = 0;      ///< the sender's port (injection port, host link) works from here
  Picoseconds end = 0;        ///< to here
  Picoseconds there = 0;      ///< a firing may use it: last flit, or head when streaming
  Picoseconds last_flit = 0;  ///< has arrived
};

/// Links are free and buffers in the network unlimited, so that a packet waits for those before it at its
/// sender's port and for nothing else.
class Transport {
 public:
  Transport(const program::Program& program, const program::Platform& platform);

  /// The next token of a stream; what its carrier sends in the same firing comes first. Its producer has the
  /// first of it at `early` and all of it at `complete`.
  Passage send(int stream, Picoseconds early, Picoseconds complete);

 private:
  /// What there is to know of a stream's way, worked out once.
  struct Way {
    bool local = false;          ///< host to host
    bool streaming = false;      ///< cut through from the digital unit
    int port = 0;                ///< index into port_free_
    int carrier = 0;             ///< the stream whose packets carry its tokens
    Picoseconds port_ps = 0;     ///< the port works this long for a packet
    Picoseconds head_ps = 0;     ///< streaming: from start of injection to the head
    Picoseconds tail_ps = 0;     ///< from start of injection to the last flit, undisturbed
    Picoseconds after_port = 0;  ///< streaming: from the end of injection to the last flit (may be negative)
    Picoseconds started = 0;     ///< the last packet
  };

  static Way way_of(const program::Stream& stream, const program::Platform& platform);
  void assign_ports(const program::Program& program);

  std::vector<Way> ways_;               ///< of each stream
  std::vector<Picoseconds> port_free_;  ///< of each port
};

}  // namespace phasecore::analytic
