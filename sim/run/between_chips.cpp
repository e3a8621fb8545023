#include "sim/run/between_chips.hpp"

#include <algorithm>
#include <map>

#include "common/units.hpp"
#include "sim/program/multicast.hpp"

namespace phasecore::run {

std::vector<ChipLinkReport> between_chips(const program::Program& program, const program::Platform& platform,
                                          const program::Activity& activity, const config::Chip& chip) {
  std::map<int, long long> bytes;  // by link of the platform
  for (std::size_t l = 0; l < platform.links.size(); ++l)
    if (platform.links[l].kind == program::LinkKind::OffChip) bytes[static_cast<int>(l)] = 0;
  const program::Multicasts multicasts(program, platform);
  for (std::size_t s = 0; s < program.streams.size(); ++s) {
    const program::Stream& stream = program.streams[s];
    for (std::size_t i = multicasts.shared(static_cast<int>(s)); i < stream.route.size(); ++i)
      if (const auto link = bytes.find(stream.route[i].link); link != bytes.end())
        link->second += activity.stream_tokens[s] * stream.bytes;
  }
  std::vector<ChipLinkReport> reports;
  for (const auto& [index, sent] : bytes) {
    const program::Link& link = platform.links[index];
    ChipLinkReport& report = reports.emplace_back();
    report.from_chip = platform.cores[link.from].chip;
    report.to_chip = platform.cores[link.to].chip;
    report.bytes = sent;
    report.energy_nj = chip.chips->link_pj_per_byte * static_cast<double>(sent) * 1e-3;
    const auto used = std::find_if(
        activity.links.begin(), activity.links.end(),
        [&](const program::LinkActivity& one) { return one.from == link.from && one.to == link.to; });
    if (activity.events > 0)
      report.busy_ns = used == activity.links.end() ? 0 : common::ns_from_ps(used->busy_ps);
  }
  return reports;
}

}  // namespace phasecore::run
