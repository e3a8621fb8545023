// A pipeline of convolutions over several images.
#include <gtest/gtest.h>

#include "layout.hpp"
#include "sim/analytic/analytic.hpp"

namespace phasecore::analytic {
namespace {

using namespace program;

/// A pipeline of 3x3 convolutions over a raster of side x side pixels, every layer of two cores with partial
/// sums.
struct Pipeline {
  test::Layout layout;
  Program program;
};

Pipeline pipeline(int layers, int side) {
  Pipeline out;
  config::Chip& chip = out.layout.chip;
  chip.grid = {8, 8};
  chip.network.clock_ps = chip.host.clock_ps = 1000;
  chip.network.flit_bytes = chip.host.bytes_per_cycle = 16;
  chip.network.header_flits = chip.network.link_latency_cycles = 1;
  chip.network.router_latency_cycles = 3;
  chip.network.buffer_flits = 64;
  chip.host.latency_cycles = 10;
  Program& p = out.program;
  const int pixels = side * side;
  const auto add = [&](int core) {
    Task t;
    t.core = core;
    t.kind = core == kHost ? TaskKind::Host : TaskKind::Mvm;
    t.firings = pixels;
    if (core != kHost) {
      t.visits = {load_visit(8000), crossbar_visit(520000, true), digital_visit(75000, 35000)};
    }
    p.tasks.push_back(t);
    return static_cast<int>(p.tasks.size()) - 1;
  };
  const auto connect = [&](int from, int to, StandardUnit unit, int margin) {
    Stream st;
    st.from = from;
    st.to = to;
    st.bytes = 16;
    st.tokens = pixels;
    Input in;
    in.stream = static_cast<int>(p.streams.size());
    in.visit = p.tasks[to].core == kHost ? 0 : unit;
    for (int i = 0; i < pixels; ++i) {
      in.need.push_back(std::min(pixels, i + 1 + margin));
      in.release.push_back(i + 1 == pixels ? pixels : std::max(0, i + 1 - margin));
    }
    st.capacity = 2 * margin + 4;
    st.partial_sum = unit == kDigital;
    p.tasks[from].outputs.push_back({in.stream, {}});
    p.tasks[to].inputs.push_back(in);
    p.streams.push_back(st);
  };
  p.source = add(kHost);
  int last = p.source;
  for (int l = 0; l < layers; ++l) {
    p.layers.push_back("conv" + std::to_string(l));
    const int a = add(2 * l), b = add(2 * l + 1);
    p.tasks[a].layer = p.tasks[b].layer = l;
    connect(last, a, kLoad, side + 1);
    connect(last, b, kLoad, side + 1);
    connect(a, b, kDigital, 0);
    last = b;
  }
  p.sink = add(kHost);
  connect(last, p.sink, kLoad, 0);
  p.layers.push_back("shared");
  p.tasks[p.source].layer = p.tasks[p.sink].layer = layers;
  p = out.layout.routed(std::move(p));
  check(p, out.layout.platform());
  return out;
}

TEST(Pipeline, SettlesAtTheIntervalOfItsBusiestUnit) {
  const Pipeline p = pipeline(6, 12);
  const Activity a = run(p.program, p.layout.platform(), 8);
  const Picoseconds interval = a.image_end_ps[7] - a.image_end_ps[6];
  EXPECT_GE(interval, interval_bound(p.program, p.layout.platform()));
  EXPECT_EQ(interval_bound(p.program, p.layout.platform()), 144 * 520000);
  EXPECT_LT(interval, 1.05 * 144 * 520000);
}

}  // namespace
}  // namespace phasecore::analytic
