#include "tests/sim/chip/programs.hpp"

#include <algorithm>

namespace phasecore::test {

ProgramBuilder::ProgramBuilder() {
  program_.layers = {"source", "sink"};
}

int ProgramBuilder::host(int firings) {
  program::Task task;
  task.layer = program_.tasks.empty() ? 0 : 1;
  task.core = program::kHost;
  task.kind = program::TaskKind::Host;
  task.firings = firings;
  program_.tasks.push_back(task);
  return program_.sink = static_cast<int>(program_.tasks.size()) - 1;
}

int ProgramBuilder::core(int core, int firings, Picoseconds load_ps, Picoseconds mvm_ps,
                         Picoseconds digital_ps) {
  program::Task task;
  task.layer = static_cast<int>(program_.layers.size());
  program_.layers.push_back("layer " + std::to_string(core));
  task.core = core;
  task.firings = firings;
  task.visits = {program::load_visit(load_ps), program::crossbar_visit(mvm_ps, false),
                 program::digital_visit(digital_ps, 0)};
  program_.tasks.push_back(task);
  return static_cast<int>(program_.tasks.size()) - 1;
}

int ProgramBuilder::connect(int from, int to, const Link& link) {
  const int id = static_cast<int>(program_.streams.size());
  program::Stream stream;
  stream.from = from;
  stream.to = to;
  stream.bytes = link.bytes;
  stream.capacity = link.capacity;
  stream.streaming = link.streaming;
  stream.partial_sum = link.partial_sum;
  stream.credit_ps = link.credit_ps;
  stream.tokens = link.emits.empty()
                      ? task(from).firings
                      : static_cast<int>(std::count(link.emits.begin(), link.emits.end(), std::uint8_t{1}));
  program_.streams.push_back(stream);
  program::Input input;
  input.stream = id;
  input.visit = task(to).visits.empty() ? 0 : link.unit;
  input.need = link.need;
  input.release = link.release;
  if (input.need.empty())
    for (int i = 0; i < task(to).firings; ++i) input.need.push_back(i + 1);
  if (input.release.empty()) input.release = input.need;
  task(to).inputs.push_back(input);
  task(from).outputs.push_back({id, link.emits});
  return id;
}

const program::Program& ProgramBuilder::program() {
  return program_;
}

Layout mesh(int columns, int rows) {
  Layout layout;
  config::Chip& chip = layout.chip;
  chip.grid = {columns, rows};
  chip.network.topology = "mesh";
  chip.network.clock_ps = 1000;
  chip.network.flit_bytes = 4;
  chip.network.link_latency_cycles = 1;
  chip.network.router_latency_cycles = 2;
  chip.network.buffer_flits = 16;
  chip.host.link = config::HostLink::Shared;
  chip.host.clock_ps = 1000;
  chip.host.bytes_per_cycle = 1;
  chip.host.latency_cycles = 1;
  return layout;
}

Layout chain_of_links(int cores) {
  Layout layout = mesh(cores, 1);
  layout.chip.network.topology = "dedicated";
  layout.chip.network.offsets = {"1,0"};
  layout.chip.network.buffer_flits = 0;
  layout.chip.host.link = config::HostLink::PerCore;
  return layout;
}

}  // namespace phasecore::test
