// What a chip, or several, is built of, as far as a program has to know: cores, and the links that packets
// take. Plain data: which links a topology has, and which way a packet goes, sim/fabric decides once.
//
// A packet is on one link after the other. On a link of width w it is F = header_flits + ceil(bytes / w)
// flits long, one per cycle; its head is at the far end latency_ps after it has started, its last flit (F -
// 1) cycles later. It can start on the next link router_ps after its head has come. A link that *stores* (to
// and from the host, between chips: another clock, another width) takes it only when all of it is there, and
// what comes over such a link goes on only when all of it has come.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "common/units.hpp"

namespace phasecore::program {

using common::Picoseconds;

constexpr int kHost = -1;

/// Where a core, and the router beside it, sits.
struct Place {
  int chip = 0, x = 0, y = 0;
  bool operator==(const Place& other) const;
};

enum class LinkKind : std::uint8_t {
  Inject,    ///< core to its router
  Eject,     ///< router to its core
  Hop,       ///< router to router
  OffChip,   ///< router to a router of another chip
  Circuit,   ///< core to core, held together with the other circuits of a route
  HostPort,  ///< between the host and a router
  HostLink,  ///< between the host and a core
};

/// One direction of one physical link.
struct Link {
  LinkKind kind = LinkKind::Hop;
  int from = 0, to = 0;            ///< cores, or the routers beside them, by number; kHost
  int from_port = 0, to_port = 0;  ///< at routers; they serve their ports in this order
  Picoseconds clock_ps = 0;
  int bytes_per_cycle = 0, header_flits = 0;
  Picoseconds latency_ps = 0;  ///< of a head
  Picoseconds router_ps = 0;   ///< of a head through the router at its end
  Picoseconds credit_ps = 0;   ///< from room at its end to its sender knowing of it
  int buffer_flits = 0;        ///< room at its end, of each virtual channel, where that is a router
  int channels = 1;            ///< virtual: buffers at its end that fill and empty apart from each other
  bool operator==(const Link& other) const;
};

bool stores(const Link& link);
/// A link from a router, or to one.
bool leaves_router(const Link& link);
bool enters_router(const Link& link);
/// The links between a core and its router are part of the core: nobody else is told of their use.
bool is_listed(const Link& link);
int flits(const Link& link, int bytes);  ///< F

/// One link of a packet's way, and the virtual channel it takes there.
struct Step {
  int link = 0;  ///< index into Platform::links
  int channel = 0;
  bool operator==(const Step& other) const { return link == other.link && channel == other.channel; }
};
using Route = std::vector<Step>;

/// The part of a chip that is built once: what a SystemC elaboration depends on.
struct Platform {
  std::vector<Place> cores;  ///< by number
  /// Of every core, in the order in which firings pass them; the first are the StandardUnits.
  std::vector<std::string> units = {"load", "crossbar", "digital"};
  std::vector<Link> links;
  /// Of the routers: buffers count flits of this size. All links that do not store have it.
  int flit_bytes = 0, header_flits = 0;
  /// Gaps between two pieces of a core's work that are at least so long are counted (CoreMark).
  Picoseconds least_gap_ps = std::numeric_limits<Picoseconds>::max();
  bool operator==(const Platform& other) const;
};

int flits(const Platform& platform, int bytes);  ///< room that a packet takes in a router's buffer
/// "link 3 -> host", for messages.
std::string name_of(const Link& link);

/// Our own invariants of a platform: ends, clocks, widths, ports. Throws InternalError.
void check(const Platform& platform);

}  // namespace phasecore::program
