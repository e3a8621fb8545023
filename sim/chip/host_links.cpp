#include "sim/chip/host_links.hpp"

#include "sim/chip/host.hpp"

namespace phasecore::chip {

SharedHostPort::SharedHostPort(RunState& run, Host& host, Router& router) : run_(run), router_(router) {
  use_.from = program::kHost;
  use_.to = run.structure().host_core;
  router.connect_host(host, room_);
}

void SharedHostPort::reset(Machine& host) {
  host_ = &host;
  room_.reset(host, run_.structure().buffer_flits);
  use_.reset();
  queue_.clear();
  free_at_ = 0;
}

void SharedHostPort::enqueue(const OutgoingPacket& packet, Picoseconds) {
  queue_.push_back(packet.packet);
}

void SharedHostPort::step(Picoseconds now) {
  const program::Structure& s = run_.structure();
  if (!queue_.empty() && free_at_ <= now) {
    const Packet& packet = run_.packets()[queue_.front()];
    if (room_.available(now) >= packet.flits) {
      room_.take(packet.flits);
      free_at_ = now + packet.host_flits * s.host_clock_ps;
      router_.accept(Router::kToHost, parcel_of(run_, queue_.front()),
                     now + (s.host_latency + packet.host_flits - 1) * s.host_clock_ps);
      use_.carry(packet.host_flits);
      queue_.pop_front();
    } else {
      room_.await(packet.flits);
    }
  }
  use_.queue(static_cast<int>(queue_.size()));
  if (!queue_.empty() && free_at_ > now) host_->wake_at(free_at_);
}

OwnHostLinks::OwnHostLinks(RunState& run, Host& host, const std::vector<std::unique_ptr<Core>>& cores)
    : run_(run), host_(host), cores_(cores), down_(cores.size()), up_(cores.size()) {
  for (int core = 0; core < static_cast<int>(cores.size()); ++core) {
    down_[core].use.from = up_[core].to = program::kHost;
    down_[core].use.to = up_[core].from = core;
  }
}

void OwnHostLinks::reset(Machine&) {
  for (Down& down : down_) {
    down.use.reset();
    down.free_at = 0;
    down.starts.clear();
  }
  for (LinkUse& use : up_) use.reset();
}

void OwnHostLinks::enqueue(const OutgoingPacket& outgoing, Picoseconds now) {
  const program::Structure& s = run_.structure();
  const Packet& packet = run_.packets()[outgoing.packet];
  Down& down = down_[packet.target];
  const Picoseconds start = std::max(now, down.free_at);
  down.free_at = start + packet.host_flits * s.host_clock_ps;
  while (!down.starts.empty() && down.starts.front() <= now) down.starts.pop_front();
  if (start > now) down.starts.push_back(start);
  down.use.carry(packet.host_flits);
  down.use.queue(static_cast<int>(down.starts.size()));
  cores_[packet.target]->put({CoreMessage::Kind::Packet, outgoing.packet},
                             start + (s.host_latency + packet.host_flits - 1) * s.host_clock_ps);
}

std::vector<const LinkUse*> OwnHostLinks::links() const {
  std::vector<const LinkUse*> links;
  for (const Down& down : down_) links.push_back(&down.use);
  for (const LinkUse& use : up_) links.push_back(&use);
  return links;
}

bool OwnHostLinks::may_start(int, int, Picoseconds) {
  return true;  // nobody else uses the link, and the port sends one packet after the other
}

Picoseconds OwnHostLinks::start(int core, int id, Picoseconds now, bool head_only) {
  if (head_only) finish(core, id, now);
  const program::Structure& s = run_.structure();
  const Packet& packet = run_.packets()[id];
  up_[core].carry(packet.host_flits);
  host_.put(id, now + (s.host_latency + packet.host_flits - 1) * s.host_clock_ps);
  return packet.host_flits * s.host_clock_ps;
}

void OwnHostLinks::finish(int, int, Picoseconds) {
  throw common::InternalError("a streaming packet to the host");
}

}  // namespace phasecore::chip
