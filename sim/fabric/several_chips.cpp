#include "sim/fabric/several_chips.hpp"

#include "sim/fabric/parts.hpp"

namespace phasecore::fabric {
namespace {

using program::kHost;
using program::LinkKind;

/// Behind those that a router has on its own chip.
enum Port { kUpwards = 100, kDownwards };

}  // namespace

SeveralChips::SeveralChips(const config::Chip& chip, std::unique_ptr<const Fabric> one)
    : Fabric({}),
      one_(std::move(one)),
      cores_(static_cast<int>(one_->platform().cores.size())),
      first_gate_(chip.chips->row * chip.grid.columns),
      last_gate_(first_gate_ + chip.grid.columns - 1) {
  platform_ = one_->platform();
  platform_.cores.clear();
  platform_.links.clear();
  for (int i = 0; i < chip.chips->count; ++i) add_chip(i);
  inject_.resize(cores_);
  eject_.resize(cores_);
  for (std::size_t i = 0; i < one_->platform().links.size(); ++i) {
    const program::Link& link = one_->platform().links[i];
    if (link.kind == LinkKind::Inject) inject_[link.from] = static_cast<int>(i);
    if (link.kind == LinkKind::Eject) eject_[link.to] = static_cast<int>(i);
  }
  for (int i = 0; i + 1 < chip.chips->count; ++i) {
    upwards_.push_back(static_cast<int>(platform_.links.size()));
    join(chip, i * cores_ + last_gate_, (i + 1) * cores_ + first_gate_);
    downwards_.push_back(static_cast<int>(platform_.links.size()));
    join(chip, (i + 1) * cores_ + first_gate_, i * cores_ + last_gate_);
  }
}

void SeveralChips::add_chip(int chip) {
  for (program::Place place : one_->platform().cores) {
    place.chip = chip;
    platform_.cores.push_back(place);
  }
  std::vector<int>& links = links_.emplace_back();
  for (program::Link link : one_->platform().links) {
    const bool here = link.kind != LinkKind::HostPort || chip == 0;
    links.push_back(here ? static_cast<int>(platform_.links.size()) : -1);
    if (link.from != kHost) link.from += chip * cores_;
    if (link.to != kHost) link.to += chip * cores_;
    if (link.kind == LinkKind::Hop) link.channels *= 2;
    if (here) platform_.links.push_back(link);
  }
}

void SeveralChips::join(const config::Chip& chip, int from, int to) {
  const config::Chips& chips = *chip.chips;
  program::Link link = network_link(chip, LinkKind::OffChip, from, to);
  link.from_port = to > from ? kUpwards : kDownwards;
  link.to_port = to > from ? kDownwards : kUpwards;
  link.clock_ps = chips.link_clock_ps;
  link.bytes_per_cycle = chips.link_bytes_per_cycle;
  link.latency_ps = program::Picoseconds{chips.link_latency_cycles} * chips.link_clock_ps;
  link.credit_ps = link.latency_ps;
  platform_.links.push_back(link);
}

/// The host is on the first chip, or has a link to every core.
int SeveralChips::chip_of(int end, int other) const {
  if (end != kHost) return end / cores_;
  const program::Route in = one_->route(kHost, local(other));
  return one_->platform().links[in.front().link].kind == LinkKind::HostLink ? other / cores_ : 0;
}

int SeveralChips::local(int end) const {
  return end == kHost ? kHost : end % cores_;
}

void SeveralChips::append(program::Route& way, int chip, int from, int to, bool came, bool goes) const {
  program::Route part = one_->route(from, to);
  if (from == to) part = {{inject_[from]}, {eject_[to]}};  // a core at a gate
  // Without the link from or to the core at a gate.
  for (std::size_t i = came ? 1 : 0; i + (goes ? 1 : 0) < part.size(); ++i) {
    const program::Link& link = one_->platform().links[part[i].link];
    const int others = came && link.kind == LinkKind::Hop ? link.channels : 0;
    way.push_back({links_[chip][part[i].link], others + part[i].channel});
  }
}

program::Route SeveralChips::route(int from, int to) const {
  program::Route way;
  if (from == to) return way;  // it stays there
  const int start = chip_of(from, to), end = chip_of(to, from);
  const bool up = end > start;
  int at = local(from);
  for (int chip = start; chip != end; chip += up ? 1 : -1) {
    append(way, chip, at, up ? last_gate_ : first_gate_, chip != start, true);
    way.push_back({up ? upwards_[chip] : downwards_[chip - 1]});
    at = up ? first_gate_ : last_gate_;
  }
  append(way, end, at, local(to), start != end, false);
  return way;
}

}  // namespace phasecore::fabric
