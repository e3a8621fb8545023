#include "sim/mapping/capacities.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <iterator>

#include "common/diagnostics.hpp"
#include "common/table.hpp"
#include "sim/mapping/demand_driven_run.hpp"
#include "sim/mapping/order_tasks.hpp"
#include "sim/program/deadlock.hpp"

namespace phasecore::mapping {
namespace {

/// Double-buffered registers: one token in use, one arriving.
constexpr int kRegisterTokens = 2;
/// The host's memory is not a limit of the chip; this many images never are.
constexpr int kHostImages = 4;

/// The streams that end in one core's memory.
struct Buffers {
  int core = 0, layer = 0;
  std::vector<int> streams;
  std::int64_t least_bytes = 0;
};

[[noreturn]] void refuse(const std::vector<Buffers>& small, const program::Program& program,
                         const config::Chip& chip, const std::string& network) {
  common::Table table({{"layer", "layer", 0}, {"core", "core", 0}, {"bytes_needed", "bytes needed", 0}});
  for (const Buffers& b : small)
    table.add_row(
        {program.layers[b.layer], static_cast<long long>(b.core), static_cast<long long>(b.least_bytes)});
  throw common::InputError(
      {{{},
        fmt::format(
            "network '{}' needs larger input buffers than the {} bytes of activation memory that a core "
            "of chip '{}' has (memory.bytes)",
            network, chip.memory.bytes, chip.name),
        table.text()}});
}

/// `next_image`: buffers may hold a second one.
void share_memory(program::Program& program, const Buffers& buffers, const std::vector<int>& least,
                  int memory_bytes, bool next_image) {
  // At most a whole image, and at least one token more than needed, so that a buffer fills while it is read.
  // Who needs an image as a whole holds up its senders until it is done, unless the next one finds room.
  const auto missing = [&](int s) {
    const int tokens = program.streams[s].tokens;
    return static_cast<std::int64_t>(next_image ? tokens : std::max(tokens - least[s], 1)) *
           program.streams[s].bytes;
  };
  std::int64_t wanted = 0;
  for (int s : buffers.streams) wanted += missing(s);
  const std::int64_t room = std::min(wanted, memory_bytes - buffers.least_bytes);
  for (int s : buffers.streams) {
    // Rounded down to whole tokens, so the shares never exceed the room.
    const std::int64_t bytes = wanted > 0 ? missing(s) * room / wanted : 0;
    program.streams[s].capacity = least[s] + static_cast<int>(bytes / program.streams[s].bytes);
  }
}

bool in_registers(const program::Stream& stream, const config::Chip& chip) {
  return chip.memory.bytes == 0 || stream.streaming;
}

/// What every core's memory holds at least, core by core.
std::vector<Buffers> buffers_of(const program::Program& program, const config::Chip& chip,
                                const std::vector<Stage>& stages, const std::vector<int>& least) {
  std::vector<Buffers> buffers(chip.cores());
  for (const Stage& stage : stages)
    if (stage.core != program::kHost && chip.memory.bytes > 0)
      buffers[stage.core].least_bytes += stage.work->constant_bytes();
  for (std::size_t s = 0; s < program.streams.size(); ++s) {
    const program::Stream& stream = program.streams[s];
    const program::Task& to = program.tasks[stream.to];
    if (to.core == program::kHost || stream.signal) continue;
    if (in_registers(stream, chip)) continue;
    Buffers& b = buffers[to.core];
    b.core = to.core;
    b.layer = to.layer;
    b.streams.push_back(static_cast<int>(s));
    b.least_bytes += static_cast<std::int64_t>(least[s]) * stream.bytes;
  }
  return buffers;
}

/// There are as many registers as there are. The demand-driven run shows that they do, but where several ends
/// of a wave read what one task sends: it fires one end after the other, the chip all at once.
void check_registers(const program::Program& program, const config::Chip& chip,
                     const std::vector<int>& least) {
  for (std::size_t s = 0; s < program.streams.size(); ++s) {
    const program::Stream& stream = program.streams[s];
    const bool on_core = program.tasks[stream.to].core != program::kHost && !stream.signal;
    if (on_core && in_registers(stream, chip) && least[s] > kRegisterTokens)
      return program::require_no_deadlock(program);
  }
}

}  // namespace

std::vector<int> least_capacities(const program::Program& program) {
  return demand_driven_fills(program);
}

void set_orders_and_capacities(program::Program& program, const program::Platform& platform,
                               const config::Chip& chip, const Mapping& mapping) {
  for (program::Stream& stream : program.streams)
    if (stream.signal)
      stream.capacity = 1;
    else if (program.tasks[stream.to].core == program::kHost)
      stream.capacity = kHostImages * std::max(stream.tokens, 1);
    else if (in_registers(stream, chip))
      stream.capacity = kRegisterTokens;
  std::vector<int> least;
  std::vector<Buffers> buffers, small;
  // Turns with slack keep the pace but take memory: as much of it as there is room for.
  for (const double slack : {1.0, 0.5, 0.25, 0.0}) {
    program.orders = order_tasks(program, platform, slack);
    least = least_capacities(program);
    for (int& tokens : least) tokens = std::max(tokens, 1);
    buffers = buffers_of(program, chip, mapping.stages, least);
    small.clear();
    std::copy_if(buffers.begin(), buffers.end(), std::back_inserter(small),
                 [&](const Buffers& b) { return b.least_bytes > chip.memory.bytes; });
    if (small.empty() || program.orders.empty()) break;
  }
  if (!small.empty()) refuse(small, program, chip, mapping.network);
  for (const Buffers& b : buffers) share_memory(program, b, least, chip.memory.bytes, is_shared_out(mapping));
  check_registers(program, chip, least);
}

}  // namespace phasecore::mapping
