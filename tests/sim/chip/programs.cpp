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
  task.load_ps = load_ps;
  task.mvm_ps = mvm_ps;
  task.digital_ps = digital_ps;
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
  stream.route = link.route;
  stream.credit_ps = link.credit_ps;
  stream.tokens = link.emits.empty()
                      ? task(from).firings
                      : static_cast<int>(std::count(link.emits.begin(), link.emits.end(), std::uint8_t{1}));
  program_.streams.push_back(stream);
  program::Input input;
  input.stream = id;
  input.phase = link.phase;
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

program::Structure mesh(int columns, int rows) {
  program::Structure s;
  s.columns = columns;
  s.rows = rows;
  s.mesh = true;
  s.clock_ps = 1000;
  s.flit_bytes = 4;
  s.link_latency = 1;
  s.router_latency = 2;
  s.buffer_flits = 16;
  s.host_shared = true;
  s.host_core = 0;
  s.host_clock_ps = 1000;
  s.host_bytes_per_cycle = 1;
  s.host_latency = 1;
  return s;
}

program::Structure chain_of_links(int cores) {
  program::Structure s = mesh(cores, 1);
  s.mesh = false;
  s.host_shared = false;
  s.buffer_flits = 0;
  for (int core = 0; core + 1 < cores; ++core) s.links.push_back({core, core + 1});
  return s;
}

}  // namespace phasecore::test
