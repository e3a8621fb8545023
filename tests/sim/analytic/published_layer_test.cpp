// The layer LG measured: ResNet-9, 2016x224 weights in 8 cores of 252x224 that pass partial sums along a
// chain.
#include <gtest/gtest.h>

#include <cmath>

#include "layout.hpp"
#include "sim/analytic/analytic.hpp"
#include "sim/config/chip.hpp"

namespace phasecore::analytic {
namespace {

using namespace program;

struct Layer {
  test::Layout layout;
  Program program;
};

/// Inputs stand in the input registers when the vector starts (LG's latency is the layer's, without the
/// host).
Layer resnet9_layer(const config::Chip& chip) {
  Layer out;
  out.layout.chip = chip;
  out.layout.chip.host.bytes_per_cycle = 252;
  out.layout.chip.host.latency_cycles = 1;
  Program& p = out.program;
  p.layers = {"conv", "shared"};
  const auto host = [&] {
    Task t;
    t.kind = TaskKind::Host;
    t.layer = 1;
    t.firings = 1;
    p.tasks.push_back(t);
    return static_cast<int>(p.tasks.size()) - 1;
  };
  const auto connect = [&](int from, int to, StandardUnit unit, int bytes) {
    Stream st;
    st.from = from;
    st.to = to;
    st.bytes = bytes;
    st.tokens = st.capacity = 1;
    const int index = static_cast<int>(p.streams.size());
    p.tasks[from].outputs.push_back({index, {}});
    p.tasks[to].inputs.push_back({index, p.tasks[to].core == kHost ? 0 : unit, {1}, {1}});
    p.streams.push_back(st);
    return index;
  };
  p.source = host();
  p.sink = host();
  for (int hop = 0; hop < 8; ++hop) {
    Task t;
    t.core = hop;
    t.firings = 1;
    const Picoseconds pipeline = Picoseconds{chip.digital.pipeline_cycles} * chip.digital.clock_ps;
    const Picoseconds digital =
        static_cast<Picoseconds>(std::ceil(224 / chip.digital.outputs_per_cycle)) * chip.digital.clock_ps +
        pipeline;
    t.visits = {
        load_visit(0),
        crossbar_visit(common::ps_from_ns(chip.mvm_ns(chip.adc.bits)), chip.mapping.overlap_mvm_digital),
        digital_visit(digital, pipeline)};
    p.tasks.push_back(t);
    const int task = static_cast<int>(p.tasks.size()) - 1;
    connect(p.source, task, kLoad, 252);
    if (hop == 0) continue;
    const int stream = connect(task - 1, task, kDigital, 224);
    p.streams[stream].partial_sum = p.streams[stream].streaming = true;
    out.layout.circuits.push_back({hop - 1, hop});
  }
  connect(static_cast<int>(p.tasks.size()) - 1, p.sink, kLoad, 224);
  p = out.layout.routed(std::move(p));
  check(p, out.layout.platform());
  return out;
}

double latency_ns(const std::string& mode) {
  const auto layer = resnet9_layer(config::load_chip("hermes", {"crossbar.read_mode=" + mode}));
  const Activity a = run(layer.program, layer.layout.platform(), 1);
  return common::ns_from_ps(a.tasks.back().last_end_ps - a.tasks[2].first_start_ps);
}

TEST(Hermes, TakesThePublishedTimeForAResNet9Layer) {
  EXPECT_NEAR(latency_ns("1-phase"), 1131, 0.01 * 1131);  // LG Table I
  EXPECT_NEAR(latency_ns("4-phase"), 1518, 0.01 * 1518);
  EXPECT_DOUBLE_EQ(latency_ns("1-phase"),
                   133 + 2.5 * (224 + 175));  // the calibration: 175 clocks of fill and hops
  EXPECT_DOUBLE_EQ(latency_ns("4-phase"), 520 + 2.5 * (224 + 175));
}

TEST(Hermes, NeedsOnlyOneHopMoreForOneMoreCore) {
  const auto chip = config::load_chip("hermes");
  const auto layer = resnet9_layer(chip);
  const Activity a = run(layer.program, layer.layout.platform(), 1);
  const Picoseconds hop =
      (chip.digital.pipeline_cycles + chip.network.link_latency_cycles + chip.network.router_latency_cycles) *
      Picoseconds{chip.network.clock_ps};
  for (int task = 3; task < 10; ++task)
    EXPECT_EQ(a.tasks[task].last_end_ps - a.tasks[task - 1].last_end_ps, hop) << "core " << task - 2;
}

}  // namespace
}  // namespace phasecore::analytic
