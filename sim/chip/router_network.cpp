#include "sim/chip/router_network.hpp"

#include <algorithm>

#include "sim/chip/host.hpp"

namespace phasecore::chip {
namespace {

using program::Link;
using program::LinkKind;

/// The links for which `is` holds, in the order in which routers serve them.
template <class Is, class Port>
std::vector<int> in_order(const std::vector<Link>& links, Is is, Port port) {
  std::vector<int> chosen;
  for (int i = 0; i < static_cast<int>(links.size()); ++i)
    if (is(links[i])) chosen.push_back(i);
  std::stable_sort(chosen.begin(), chosen.end(),
                   [&](int a, int b) { return port(links[a]) < port(links[b]); });
  return chosen;
}

}  // namespace

RouterNetwork::RouterNetwork(RunState& run, const std::vector<std::unique_ptr<Core>>& cores, Host& host)
    : run_(run), index_(run.platform().links.size(), -1) {
  for (std::size_t id = 0; id < cores.size(); ++id)
    routers_.push_back(std::make_unique<Router>(("router_" + std::to_string(id)).c_str(), run));
  make_room();
  add_outputs(cores, host);
  add_inputs(cores, host);
}

void RouterNetwork::make_room() {
  struct Size {
    int inputs = 0, outputs = 0, channels = 0;
  };
  std::vector<Size> sizes(routers_.size());
  for (const Link& link : run_.platform().links) {
    if (program::leaves_router(link)) {
      ++sizes[link.from].outputs;
      sizes[link.from].channels += link.channels;
    }
    if (program::enters_router(link)) sizes[link.to].inputs += link.channels;
  }
  for (std::size_t r = 0; r < routers_.size(); ++r)
    routers_[r]->expect(sizes[r].inputs, sizes[r].outputs, sizes[r].channels);
}

const LinkTimes& RouterNetwork::times_of(const Link& link) {
  const LinkTimes times(link);
  const auto found = std::find(times_.begin(), times_.end(), times);
  return found != times_.end() ? *found : times_.emplace_back(times);
}

void RouterNetwork::add_outputs(const std::vector<std::unique_ptr<Core>>& cores, Host& host) {
  const std::vector<Link>& links = run_.platform().links;
  for (const int i : in_order(links, program::leaves_router, [](const Link& l) { return l.from_port; })) {
    Router& router = *routers_[links[i].from];
    index_[i] = router.add_output(links[i], times_of(links[i]));
    if (links[i].kind == LinkKind::Eject) router.connect(index_[i], *cores[links[i].to]);
    if (links[i].to == program::kHost) router.connect(index_[i], host);
  }
}

void RouterNetwork::add_inputs(const std::vector<std::unique_ptr<Core>>& cores, Host& host) {
  const std::vector<Link>& links = run_.platform().links;
  for (const int i : in_order(links, program::enters_router, [](const Link& l) { return l.to_port; })) {
    Router& router = *routers_[links[i].to];
    if (program::leaves_router(links[i])) {
      Router& before = *routers_[links[i].from];
      for (int channel = 0; channel < links[i].channels; ++channel) {
        const int input = router.add_input(times_of(links[i]), before.room(index_[i], channel));
        if (channel == 0) before.connect(index_[i], router, input);
      }
      continue;
    }
    index_[i] = static_cast<int>(entries_.size());
    Entry& entry = entries_.emplace_back();
    entry.router = &router;
    entry.buffer_flits = links[i].buffer_flits;
    entry.sender =
        links[i].from == program::kHost ? static_cast<Machine*>(&host) : cores[links[i].from].get();
    entry.input = router.add_input(times_of(links[i]), entry.room);
  }
}

void RouterNetwork::reset() {
  for (auto& router : routers_) router->reset();
  for (Entry& entry : entries_) entry.room.reset(*entry.sender, entry.buffer_flits);
  ways_.clear();
  const std::vector<program::Stream>& streams = run_.program().streams;
  for (int s = 0; s < static_cast<int>(streams.size()); ++s) {
    expect_ways(streams[s].route);
    const std::vector<int>& carried = run_.multicasts().carried_by(s);
    std::vector<std::vector<Turn>> branches;
    for (const int other : carried) branches.push_back(way_of(streams[other].route));
    ways_.push_back(carried.empty() ? way_of(streams[s].route) : tree_of(branches));
  }
}

void RouterNetwork::expect_ways(const program::Route& route) {
  const std::vector<Link>& links = run_.platform().links;
  for (std::size_t i = 1; i < route.size(); ++i) {
    const Link& before = links[route[i - 1].link];
    if (!program::leaves_router(links[route[i].link])) continue;
    const int from = index_[route[i - 1].link];
    const int input = program::leaves_router(before)
                          ? routers_[before.from]->input_behind(from, route[i - 1].channel)
                          : entries_[from].input;
    routers_[before.to]->expect_way(input, index_[route[i].link]);
  }
}

std::vector<Turn> RouterNetwork::way_of(const program::Route& route) const {
  std::vector<Turn> way;
  for (const program::Step& step : route)
    if (program::leaves_router(run_.platform().links[step.link]))
      way.push_back({static_cast<std::uint8_t>(index_[step.link]), static_cast<std::uint8_t>(step.channel)});
  return way;
}

bool RouterNetwork::empty() const {
  for (const auto& router : routers_)
    if (!router->empty()) return false;
  for (const Entry& entry : entries_)
    if (!entry.room.whole()) return false;
  return true;
}

void RouterNetwork::add_to(Snapshot& snapshot) const {
  for (const auto& router : routers_) router->add_to(snapshot);
  for (const Entry& entry : entries_) entry.room.add_to(snapshot);
}

RouterNetwork::Entry& RouterNetwork::entry(int packet) {
  const program::Stream& stream = run_.program().streams[run_.packets()[packet].stream];
  return entries_[index_[stream.route.front().link]];
}

bool RouterNetwork::has_room(int packet, Picoseconds now) {
  const int flits = run_.packets()[packet].flits;
  Entry& way_in = entry(packet);
  if (way_in.room.available(now) >= flits) return true;
  way_in.room.await(flits);
  return false;
}

void RouterNetwork::enter(int id, Picoseconds due) {
  const Packet& packet = run_.packets()[id];
  Entry& way_in = entry(id);
  way_in.room.take(packet.flits);
  way_in.router->accept(way_in.input, {id, packet.flits, ways_[packet.stream].data()}, due);
}

bool RouterNetwork::may_start(int /*core*/, int packet, Picoseconds now) {
  return has_room(packet, now);
}

Picoseconds RouterNetwork::start(int core, int id, Picoseconds now, bool head_only) {
  if (head_only) finish(core, id, now);
  const Packet& packet = run_.packets()[id];
  const Link& link = run_.first_link(packet.stream);
  enter(id, now + link.latency_ps);
  return packet.flits * link.clock_ps;
}

void RouterNetwork::finish(int, int, Picoseconds) {
  throw common::InternalError("a streaming packet among routers");
}

}  // namespace phasecore::chip
