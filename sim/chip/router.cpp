#include "sim/chip/router.hpp"

#include "sim/chip/host.hpp"

namespace phasecore::chip {

Parcel parcel_of(RunState& run, int id) {
  const program::Structure& s = run.structure();
  const Packet& packet = run.packets()[id];
  const bool to_host = packet.target == program::kHost;
  const int router = to_host ? s.host_core : packet.target;
  return {id, packet.flits, static_cast<std::int16_t>(router % s.columns),
          static_cast<std::int16_t>(router / s.columns), to_host};
}

Router::Router(const sc_core::sc_module_name& name, int id, RunState& run)
    : Machine(name, run),
      id_(id),
      x_(id % run.structure().columns),
      y_(id / run.structure().columns),
      inbox_(*this) {
  for (Output& output : outputs_) output.use.from = id;
}

void Router::connect(Port output, Router& neighbour, Port input) {
  outputs_[output].neighbour = &neighbour;
  outputs_[output].neighbour_input = input;
  outputs_[output].use.to = neighbour.id_;
  neighbour.inputs_[input].sender = &outputs_[output].room;
}

void Router::connect_core(Core& core, Credits& room_at_core) {
  core_ = &core;
  inputs_[kLocal].sender = &room_at_core;
}

void Router::connect_host(Host& host, Credits& room_at_host) {
  host_ = &host;
  inputs_[kToHost].sender = &room_at_host;
  outputs_[kToHost].use.to = program::kHost;
}

void Router::reset() {
  reset_machine();
  inbox_.reset();
  for (Input& input : inputs_) {
    input.fifo.clear();
    input.read_free_at = 0;
  }
  for (Output& output : outputs_) {
    output.room.reset(*this, run_state().structure().buffer_flits);
    output.free_at = 0;
    output.last_input = kPorts - 1;
    output.waiting = 0;
    output.use.reset();
  }
}

Router::Port Router::route(const Parcel& parcel) const {
  if (parcel.x != x_) return parcel.x > x_ ? kEast : kWest;
  if (parcel.y != y_) return parcel.y > y_ ? kSouth : kNorth;
  return parcel.to_host ? kToHost : kLocal;
}

void Router::accept(Port input, const Parcel& parcel, Picoseconds head) {
  const program::Structure& s = run_state().structure();
  const Port output = route(parcel);
  Picoseconds ready = head + s.router_latency * s.clock_ps;
  // The host's link has another clock and width, so a packet to the host leaves when all of it is here.
  if (output == kToHost && input != kToHost) ready += (parcel.flits - 1) * s.clock_ps;
  inbox_.put({input, {parcel, output}}, input, ready);
}

void Router::step(Picoseconds now) {
  for (const Arrival& arrival : inbox_.take(now)) {
    inputs_[arrival.input].fifo.push_back(arrival.waiting);
    ++outputs_[arrival.waiting.output].waiting;
  }
  for (int output = 0; output < kPorts; ++output)
    if (outputs_[output].waiting > 0) forward(static_cast<Port>(output), now);
  schedule(now);
}

bool Router::has_room(Output& output, int flits, Picoseconds now) {
  return output.neighbour == nullptr || output.room.available(now) >= flits;
}

void Router::forward(Port output, Picoseconds now) {
  Output& out = outputs_[output];
  if (out.free_at <= now) {
    for (int k = 1; k <= kPorts; ++k) {
      const int i = out.last_input + k < kPorts ? out.last_input + k : out.last_input + k - kPorts;
      const Input& input = inputs_[i];
      if (input.fifo.empty() || input.fifo.front().output != output || input.read_free_at > now) continue;
      // Its turn stays its turn while the neighbour has no room for it: small packets cannot starve large
      // ones.
      if (has_room(out, input.fifo.front().parcel.flits, now)) send(static_cast<Port>(i), output, now);
      break;
    }
  }
  out.use.queue(out.waiting);
}

void Router::send(Port input, Port output, Picoseconds now) {
  const program::Structure& s = run_state().structure();
  Input& in = inputs_[input];
  Output& out = outputs_[output];
  const Parcel parcel = in.fifo.front().parcel;
  in.fifo.pop_front();
  --out.waiting;
  out.last_input = input;
  const int link_flits = output == kToHost ? run_state().packets()[parcel.packet].host_flits : parcel.flits;
  const Picoseconds through = link_flits * (output == kToHost ? s.host_clock_ps : s.clock_ps);
  in.read_free_at = out.free_at = now + through;
  in.sender->put(parcel.flits, now + through + s.link_latency * s.clock_ps);
  if (output != kLocal) out.use.carry(link_flits);
  if (output == kLocal) {
    core_->put({CoreMessage::Kind::Packet, parcel.packet},
               now + (s.link_latency + parcel.flits - 1) * s.clock_ps);
  } else if (output == kToHost) {
    host_->put(parcel.packet, now + (s.host_latency + link_flits - 1) * s.host_clock_ps);
  } else {
    out.room.take(parcel.flits);
    out.neighbour->accept(out.neighbour_input, parcel, now + s.link_latency * s.clock_ps);
  }
}

void Router::schedule(Picoseconds now) {
  for (const Input& input : inputs_) {
    if (input.fifo.empty()) continue;
    Output& out = outputs_[input.fifo.front().output];
    const Picoseconds free_at = std::max(input.read_free_at, out.free_at);
    if (free_at > now)
      wake_at(free_at);
    else if (!has_room(out, input.fifo.front().parcel.flits, now))
      out.room.await(input.fifo.front().parcel.flits);
  }
}

std::vector<const LinkUse*> Router::links() const {
  std::vector<const LinkUse*> links;
  for (int output = 0; output < kPorts; ++output)
    if (outputs_[output].neighbour != nullptr || (output == kToHost && host_ != nullptr))
      links.push_back(&outputs_[output].use);
  return links;
}

bool Router::empty() const {
  for (const Output& output : outputs_)
    if (!output.room.whole()) return false;
  return buffered() == 0;
}

int Router::buffered() const {
  int packets = 0;
  for (const Input& input : inputs_) packets += static_cast<int>(input.fifo.size());
  return packets;
}

}  // namespace phasecore::chip
