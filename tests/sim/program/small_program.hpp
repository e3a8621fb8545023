// One layer on two cores that stream partial sums over one dedicated link: source -> both cores -> sink.
#pragma once

#include "layout.hpp"

namespace phasecore::test {

struct SmallProgram {
  Layout layout;
  program::Program program;
  program::Platform platform() const { return layout.platform(); }
};

inline SmallProgram small_program(int firings = 3) {
  using namespace program;
  SmallProgram out;
  config::Chip& chip = out.layout.chip;
  chip.grid = {2, 1};
  chip.network.topology = "dedicated";
  chip.network.clock_ps = 1000;
  chip.network.flit_bytes = 1;
  chip.network.link_latency_cycles = 1;
  chip.network.router_latency_cycles = 2;
  chip.host.link = config::HostLink::PerCore;
  chip.host.clock_ps = 1000;
  chip.host.bytes_per_cycle = 4;
  chip.host.latency_cycles = 5;
  out.layout.circuits = {{0, 1}};
  Program& p = out.program;
  p.layers = {"conv", "shared"};
  p.source = 0;
  p.sink = 3;
  p.tasks.resize(4);
  for (int i = 0; i < 4; ++i) {
    Task& t = p.tasks[i];
    t.firings = firings;
    t.layer = i == 1 || i == 2 ? 0 : 1;
    t.kind = i == 1 || i == 2 ? TaskKind::Mvm : TaskKind::Host;
    if (t.kind == TaskKind::Host) continue;
    t.core = i - 1;
    t.visits = {load_visit(2000), crossbar_visit(50000, false), digital_visit(10000, 3000)};
  }
  const auto connect = [&](int from, int to, StandardUnit unit, int bytes) {
    Stream st;
    st.from = from;
    st.to = to;
    st.bytes = bytes;
    st.tokens = firings;
    st.capacity = 2;
    Input in;
    in.stream = static_cast<int>(p.streams.size());
    in.visit = p.tasks[to].visits.empty() ? 0 : unit;
    for (int i = 1; i <= firings; ++i) in.need.push_back(i);
    in.release = in.need;
    p.tasks[from].outputs.push_back({in.stream, {}});
    p.tasks[to].inputs.push_back(in);
    p.streams.push_back(st);
  };
  connect(0, 1, kLoad, 16);
  connect(0, 2, kLoad, 16);
  connect(1, 2, kDigital, 7);
  p.streams[2].partial_sum = p.streams[2].streaming = true;
  connect(2, 3, kLoad, 7);
  p = out.layout.routed(std::move(p));
  return out;
}

}  // namespace phasecore::test
