#include "sim/config/chip_checks.hpp"

#include <algorithm>
#include <cstdlib>

#include "common/diagnostics.hpp"

namespace phasecore::config {
namespace {

// `describe` says so at the keys of the grid and of the chips. (1,024 published cores are 1,400 mm2: more
// than a reticle holds.)
constexpr int kMostCores = 1024, kMostCoresOfAll = 4096;

/// Whole text as an integer of at most 6 digits.
std::optional<int> parse_int(const std::string& text) {
  const std::size_t sign = !text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0;
  if (text.size() == sign || text.size() > 6 + sign) return std::nullopt;
  if (!std::all_of(text.begin() + sign, text.end(), [](char c) { return c >= '0' && c <= '9'; }))
    return std::nullopt;
  return std::atoi(text.c_str());
}

/// `not_modelled` names what exists to be named, and nothing that is modelled after all.
void check_left_out(const Chip& chip, common::FieldVisitor& v) {
  const auto& names = left_out_names();
  std::string list;
  for (const auto& name : names) list += (list.empty() ? "" : ", ") + name;
  static const std::vector<std::string> modelled_now = {"programming", "compensation_readout"};
  for (const auto& name : chip.not_modelled) {
    if (std::find(modelled_now.begin(), modelled_now.end(), name) != modelled_now.end()) {
      v.check(
          false,
          "not_modelled: '" + name + "' is modelled now (keys programming and compensation); leave it out",
          {"not_modelled"});
      continue;
    }
    v.check(std::find(names.begin(), names.end(), name) != names.end(),
            "not_modelled: '" + name + "' is not known; allowed: " + list + common::did_you_mean(name, names),
            {"not_modelled"});
  }
  const auto& out = chip.not_modelled;
  v.check(chip.energy.host_pj_per_byte == 0 || std::find(out.begin(), out.end(), "host") == out.end(),
          "energy.host_pj_per_byte is given, but not_modelled names host; set one of them",
          {"energy.host_pj_per_byte", "not_modelled"});
}

/// The largest packet any layer can ask for: an input vector of a whole crossbar, or its outputs as FP16.
void check_largest_packet(const Chip& chip, common::FieldVisitor& v) {
  const Interconnect& n = chip.network;
  if (!n.has_routers() || n.flit_bytes <= 0) return;
  const int bytes = std::max(chip.crossbar.rows, (chip.numbers.logits_fp16 ? 2 : 1) * chip.crossbar.columns);
  const int flits = n.header_flits + (bytes + n.flit_bytes - 1) / n.flit_bytes;
  v.check(n.buffer_flits >= flits,
          "network.buffer_flits = " + std::to_string(n.buffer_flits) + " cannot hold the largest packet of " +
              std::to_string(flits) + " flits (" + std::to_string(bytes) +
              " bytes and the header); raise it or network.flit_bytes",
          {"network.buffer_flits", "network.flit_bytes", "network.header_flits", "network.topology",
           bytes == chip.crossbar.rows ? "crossbar.rows" : "crossbar.columns", "numbers.logits_fp16"});
}

}  // namespace

const std::vector<std::string>& left_out_names() {
  static const std::vector<std::string> names = {"host", "shared_area", "polarity_saturation"};
  return names;
}

std::optional<std::array<int, 2>> parse_offset(const std::string& text) {
  const auto comma = text.find(',');
  if (comma == std::string::npos) return std::nullopt;
  const auto dx = parse_int(text.substr(0, comma)), dy = parse_int(text.substr(comma + 1));
  if (!dx || !dy || (*dx == 0 && *dy == 0)) return std::nullopt;
  return std::array<int, 2>{*dx, *dy};
}

void check_network(const Interconnect& network, common::FieldVisitor& v) {
  for (const auto& offset : network.offsets)
    v.check(parse_offset(offset).has_value(),
            "offset '" + offset + "' is not of the form dx,dy with integers that are not both 0",
            {"offsets"});
  v.check(network.has_routers() || !network.offsets.empty(),
          "topology: dedicated needs at least one of `offsets`", {"topology", "offsets"});
}

namespace {

void check_chips(const Chip& chip, common::FieldVisitor& v) {
  if (!chip.chips) return;
  v.check(chip.network.has_routers(),
          "several chips need a network.topology with routers, not " + chip.network.topology,
          {"chips", "network.topology"});
  v.check(chip.chips->row < chip.grid.rows,
          "chips.row = " + std::to_string(chip.chips->row) + " is outside the grid of " +
              std::to_string(chip.grid.rows) + " rows (counted from 0)",
          {"chips.row", "grid.rows"});
}

}  // namespace

void check_chip(const Chip& chip, common::FieldVisitor& v) {
  check_chips(chip, v);
  const bool dedicated = !chip.network.has_routers();
  v.check(chip.host.link != HostLink::Shared ||
              (chip.host.column < chip.grid.columns && chip.host.row < chip.grid.rows),
          "the shared host port at column " + std::to_string(chip.host.column) + ", row " +
              std::to_string(chip.host.row) + " is outside the grid of " + std::to_string(chip.grid.columns) +
              " x " + std::to_string(chip.grid.rows) + " cores (both count from 0)",
          {"host.column", "host.row", "grid.columns", "grid.rows", "host.link"});
  v.check(!dedicated || chip.host.link == HostLink::PerCore,
          "network.topology: dedicated needs host.link: per-core", {"network.topology", "host.link"});
  v.check(!dedicated || chip.host.interlayer == Interlayer::Host,
          "network.topology: dedicated needs host.interlayer: host (its links serve one layer only)",
          {"network.topology", "host.interlayer"});
  v.check(chip.mapping.schedule != Schedule::CrossbarSerial || (!dedicated && chip.memory.bytes > 0),
          "mapping.schedule: crossbar-serial keeps the partial sums of whole images: it takes memory.bytes > "
          "0 and "
          "no dedicated links",
          {"mapping.schedule", "memory.bytes", "network.topology"});
  v.check(chip.host.interlayer == Interlayer::Host || chip.memory.bytes > 0,
          "host.interlayer: network needs activation memory (memory.bytes > 0)",
          {"host.interlayer", "memory.bytes"});
  v.check(chip.mapping.margin < std::min(chip.crossbar.rows, chip.crossbar.columns),
          "mapping.margin = " + std::to_string(chip.mapping.margin) + " leaves nothing of a crossbar of " +
              std::to_string(chip.crossbar.rows) + " x " + std::to_string(chip.crossbar.columns),
          {"mapping.margin", "crossbar.rows", "crossbar.columns"});
  const int on_one = chip.grid.columns * chip.grid.rows;
  v.check(on_one <= kMostCores,
          "grid.columns * grid.rows is " + std::to_string(on_one) + "; allowed: at most " +
              std::to_string(kMostCores) + " cores",
          {"grid.columns", "grid.rows"});
  v.check(on_one > kMostCores || chip.cores() <= kMostCoresOfAll,
          "chips.count * grid.columns * grid.rows is " + std::to_string(chip.cores()) +
              "; allowed: at most " + std::to_string(kMostCoresOfAll) + " cores",
          {"chips.count", "grid.columns", "grid.rows"});
  const double parts = chip.area.array_mm2 + chip.area.router_mm2 +
                       chip.area.memory_mm2_per_kb * chip.reference.memory_bytes / 1024;
  v.check(parts <= chip.area.core_mm2, "area.core_mm2 is smaller than array, memory and router in it",
          {"area.core_mm2", "area.array_mm2", "area.router_mm2", "area.memory_mm2_per_kb",
           "reference.memory_bytes"});
  check_largest_packet(chip, v);
  check_left_out(chip, v);
}

}  // namespace phasecore::config
