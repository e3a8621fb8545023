#include "sim/chip/snapshot.hpp"

namespace phasecore::chip {

void Snapshot::add_packet(int id) {
  const Packet& packet = run_.packets()[id];
  add(packet.stream);
  add_count(packet.token, run_.program().streams[packet.stream].tokens);
  add(packet.to_deliver);
}

}  // namespace phasecore::chip
