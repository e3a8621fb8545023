#include "sim/program/platform.hpp"

#include <algorithm>
#include <tuple>

#include "sim/program/dataflow.hpp"
#include "sim/program/require.hpp"

namespace phasecore::program {
namespace {

int packet_flits(int header_flits, int bytes, int width) {
  return header_flits + bytes / width + (bytes % width != 0);
}

void require(bool ok, const char* where, const char* what) {
  program::require(ok, "platform", where, what);
}

void require(bool ok, const Link& link, const char* what) {
  program::require(
      ok, "platform", [&] { return name_of(link); }, what);
}

bool between_chip_and_host(const Link& link) {
  return link.kind == LinkKind::HostPort || link.kind == LinkKind::HostLink;
}

void check_ends(const Platform& p, const Link& link) {
  const auto is_core = [&](int end) { return end >= 0 && end < static_cast<int>(p.cores.size()); };
  if (between_chip_and_host(link))
    return require((link.from == kHost && is_core(link.to)) || (is_core(link.from) && link.to == kHost), link,
                   "must join the host and a place on the grid");
  require(is_core(link.from) && is_core(link.to), link, "has an end outside the grid");
  const bool beside = link.kind == LinkKind::Inject || link.kind == LinkKind::Eject;
  require(beside == (link.from == link.to), link, "joins a place with itself");
  require((link.kind == LinkKind::OffChip) == (p.cores[link.from].chip != p.cores[link.to].chip), link,
          "off-chip links and only they join two chips");
}

void check_figures(const Platform& p, const Link& link) {
  require(link.clock_ps > 0, link, "a clock has no period");
  require(link.bytes_per_cycle > 0, link, "a link has no width");
  require(link.latency_ps >= link.clock_ps, link, "a link without latency");
  require(link.header_flits >= 0 && link.router_ps >= 0 && link.credit_ps >= 0 && link.buffer_flits >= 0,
          link, "a negative number of flits or time");
  require(link.channels >= 1, link, "a link without a channel");
  require(stores(link) || (link.bytes_per_cycle == p.flit_bytes && link.header_flits == p.header_flits), link,
          "has flits of its own, and does not store");
}

/// No two of the links for which `is` holds have the same key.
template <class Key>
void require_unique(const Platform& p, bool (*is)(const Link&), const char* what, Key key) {
  std::vector<const Link*> links;
  for (const Link& link : p.links)
    if (is(link)) links.push_back(&link);
  const auto before = [&](const Link* a, const Link* b) { return key(*a) < key(*b); };
  if (!std::is_sorted(links.begin(), links.end(), before)) std::sort(links.begin(), links.end(), before);
  const auto twice = std::adjacent_find(links.begin(), links.end(),
                                        [&](const Link* a, const Link* b) { return key(*a) == key(*b); });
  if (twice != links.end()) require(false, **twice, what);
}

}  // namespace

bool Place::operator==(const Place& o) const {
  return std::tie(chip, x, y) == std::tie(o.chip, o.x, o.y);
}

bool Link::operator==(const Link& o) const {
  const auto all = [](const Link& l) {
    return std::tie(l.kind, l.from, l.to, l.from_port, l.to_port, l.clock_ps, l.bytes_per_cycle,
                    l.header_flits, l.latency_ps, l.router_ps, l.credit_ps, l.buffer_flits, l.channels);
  };
  return all(*this) == all(o);
}

bool Platform::operator==(const Platform& o) const {
  return std::tie(cores, units, links, flit_bytes, header_flits, least_gap_ps) ==
         std::tie(o.cores, o.units, o.links, o.flit_bytes, o.header_flits, o.least_gap_ps);
}

bool stores(const Link& link) {
  return between_chip_and_host(link) || link.kind == LinkKind::OffChip;
}

bool leaves_router(const Link& link) {
  return link.kind == LinkKind::Eject || link.kind == LinkKind::Hop || link.kind == LinkKind::OffChip ||
         (link.kind == LinkKind::HostPort && link.to == kHost);
}

bool enters_router(const Link& link) {
  return link.kind == LinkKind::Inject || link.kind == LinkKind::Hop || link.kind == LinkKind::OffChip ||
         (link.kind == LinkKind::HostPort && link.from == kHost);
}

bool is_listed(const Link& link) {
  return link.kind != LinkKind::Inject && link.kind != LinkKind::Eject;
}

int flits(const Link& link, int bytes) {
  return packet_flits(link.header_flits, bytes, link.bytes_per_cycle);
}

int flits(const Platform& platform, int bytes) {
  return packet_flits(platform.header_flits, bytes, platform.flit_bytes);
}

std::string name_of(const Link& link) {
  const auto end = [](int e) { return e == kHost ? std::string("host") : std::to_string(e); };
  return "link " + end(link.from) + " -> " + end(link.to);
}

void check(const Platform& p) {
  require(!p.cores.empty(), "cores", "the grid is empty");
  require(p.units.size() >= kStandardUnits, "cores", "they lack units");
  require(p.flit_bytes > 0 && p.header_flits >= 0, "routers", "flits have no size");
  require(p.least_gap_ps > 0, "cores", "a gap of no length counts");
  for (const Link& link : p.links) {
    check_ends(p, link);
    check_figures(p, link);
  }
  require_unique(p, leaves_router, "its port is taken",
                 [](const Link& l) { return std::tie(l.from, l.from_port); });
  require_unique(p, enters_router, "its port is taken",
                 [](const Link& l) { return std::tie(l.to, l.to_port); });
  require_unique(p, is_listed, "there are two of it", [](const Link& l) { return std::tie(l.from, l.to); });
}

}  // namespace phasecore::program
