#include "sim/chip/host_links.hpp"

#include "sim/chip/host.hpp"

namespace phasecore::chip {
namespace {

/// From the start of a packet to its last flit at the far end.
Picoseconds crossing(const program::Link& link, int flits) {
  return link.latency_ps + (flits - 1) * link.clock_ps;
}

}  // namespace

HostPort::HostPort(RunState& run, RouterNetwork& routers, const program::Link& link)
    : run_(run), routers_(routers), use_(link) {}

void HostPort::reset(Machine& host) {
  host_ = &host;
  use_.reset();
  queue_.clear();
  free_at_ = 0;
}

void HostPort::enqueue(const OutgoingPacket& packet, Picoseconds) {
  queue_.push_back(packet.packet);
}

void HostPort::step(Picoseconds now) {
  if (!queue_.empty() && free_at_ <= now && routers_.has_room(queue_.front(), now)) {
    const program::Link& link = *use_.link;
    const int flits = program::flits(link, run_.packets()[queue_.front()].bytes);
    free_at_ = now + flits * link.clock_ps;
    routers_.enter(queue_.front(), now + crossing(link, flits));
    use_.carry(flits);
    run_.record(link, queue_.front(), now, flits);
    queue_.pop_front();
  }
  use_.queue(static_cast<int>(queue_.size()));
  if (!queue_.empty() && free_at_ > now) host_->wake_at(free_at_);
}

void HostPort::add_to(Snapshot& snapshot) const {
  snapshot.add_size(queue_.size());
  for (const int packet : queue_) snapshot.add_packet(packet);
  snapshot.add_due(free_at_);
}

OwnHostLinks::OwnHostLinks(RunState& run, Host& host, const std::vector<std::unique_ptr<Core>>& cores)
    : run_(run), host_(host), cores_(cores) {
  for (const program::Link& link : run.platform().links) {
    const bool down = link.from == program::kHost;
    index_.push_back(static_cast<int>(down ? down_.size() : up_.size()));
    if (link.kind != program::LinkKind::HostLink) continue;
    if (down)
      down_.emplace_back(link);
    else
      up_.emplace_back(link);
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

void OwnHostLinks::add_to(Snapshot& snapshot) const {
  for (const Down& down : down_) {
    snapshot.add_due(down.free_at);
    auto start = down.starts.begin();
    while (start != down.starts.end() && snapshot.is_past(*start)) ++start;
    snapshot.add_size(static_cast<std::size_t>(down.starts.end() - start));
    for (; start != down.starts.end(); ++start) snapshot.add_time(*start);
  }
}

void OwnHostLinks::enqueue(const OutgoingPacket& outgoing, Picoseconds now) {
  const Packet& packet = run_.packets()[outgoing.packet];
  const program::Link& link = run_.first_link(packet.stream);
  const int flits = program::flits(link, packet.bytes);
  Down& down = down_[index_[run_.program().streams[packet.stream].route.front().link]];
  const Picoseconds start = std::max(now, down.free_at);
  down.free_at = start + flits * link.clock_ps;
  while (!down.starts.empty() && down.starts.front() <= now) down.starts.pop_front();
  if (start > now) down.starts.push_back(start);
  down.use.carry(flits);
  run_.record(link, outgoing.packet, start, flits);
  down.use.queue(static_cast<int>(down.starts.size()));
  cores_[packet.target]->put({CoreMessage::Kind::Packet, outgoing.packet}, start + crossing(link, flits));
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
  const Packet& packet = run_.packets()[id];
  const program::Link& link = run_.first_link(packet.stream);
  const int flits = program::flits(link, packet.bytes);
  up_[index_[run_.program().streams[packet.stream].route.front().link]].carry(flits);
  run_.record(link, id, now, flits);
  host_.put(id, now + crossing(link, flits));
  return flits * link.clock_ps;
}

void OwnHostLinks::finish(int, int, Picoseconds) {
  throw common::InternalError("a streaming packet to the host");
}

}  // namespace phasecore::chip
