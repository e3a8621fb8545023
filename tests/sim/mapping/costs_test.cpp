// Times and energies of tasks and tokens against formulas written out here.
#include "sim/mapping/costs.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "models/graph/fold.hpp"
#include "sim/mapping/build_program.hpp"
#include "sim/program/multicast.hpp"
#include "tests/sim/mapping/networks.hpp"
#include "tests/support/support.hpp"

namespace phasecore::mapping {
namespace {

using program::Component;

/// A chip of round numbers on the mesh of hermes-mesh.
config::Chip round_chip() {
  config::Chip chip = test::one_to_one("hermes-mesh");
  chip.digital.clock_ps = 2000;
  chip.digital.outputs_per_cycle = 4;
  chip.digital.pipeline_cycles = 10;
  chip.digital.macs_per_cycle = 16;
  chip.digital.pool_values_per_cycle = 8;
  chip.memory.clock_ps = 1000;
  chip.memory.read_bytes_per_cycle = 32;
  chip.energy.digital_pj_per_output = 2;
  chip.energy.digital_fj_per_mac = 50;
  chip.energy.digital_pj_per_pooled = 0.5;
  chip.energy.memory_read_fj_per_byte = 100;
  chip.energy.memory_write_fj_per_byte = 200;
  chip.energy.link_fj_per_byte_hop = 10;
  chip.energy.router_fj_per_byte = 7;
  chip.energy.host_pj_per_byte = 1;
  chip.host.column = chip.host.row = 0;
  return chip;
}

common::Attojoules part(const program::Task& task, Component c) {
  return program::firing_energy(task)[static_cast<int>(c)];
}

const program::Task& task_of_layer(const program::Program& p, int layer) {
  for (const program::Task& t : p.tasks)
    if (t.layer == layer) return t;
  throw common::InternalError("no task of that layer");
}

TEST(Costs, AConvolutionTakesItsMvmItsLoadAndItsOutputs) {
  const config::Chip chip = round_chip();
  test::Draft d({10, 6, 6});
  const BuiltProgram built = build_program(map(graph::fold(d.build(d.conv(0, 22, 3))), chip), chip);
  const program::Task& t = built.program.tasks[1];
  EXPECT_EQ(t.rows, 90);
  EXPECT_EQ(t.columns, 22);
  EXPECT_EQ(t.macs, 90 * 22);
  EXPECT_EQ(t.visits[program::kLoad].duration_ps, 3 * 1000);  // 90 bytes, 32 per cycle
  EXPECT_EQ(t.visits[program::kCrossbar].duration_ps, std::llround(chip.mvm_ns(chip.adc.bits) * 1000));
  EXPECT_EQ(t.visits[program::kDigital].duration_ps, (6 + 10) * 2000);  // 22 outputs, 4 per cycle
  EXPECT_EQ(t.visits[program::kDigital].pipeline_ps, 10 * 2000);
  EXPECT_EQ(t.visits[program::kCrossbar].registers, chip.mapping.overlap_mvm_digital ? 2 : 1);
  const config::MvmEnergy mvm = config::mvm_energy(chip, 90, 22, chip.adc.bits);
  EXPECT_EQ(part(t, Component::Array), std::llround(mvm.array_pj * 1e6));
  EXPECT_EQ(part(t, Component::Dac), std::llround(mvm.dac_pj * 1e6));
  EXPECT_EQ(part(t, Component::Adc), std::llround(mvm.adc_pj * 1e6));
  EXPECT_EQ(part(t, Component::Digital), std::llround((mvm.control_pj + 22 * 2) * 1e6));
  EXPECT_EQ(part(t, Component::Memory), 90 * 100 * 1000);
}

TEST(Costs, EveryCorePoolsItsOwnColumns) {
  test::Draft d({10, 6, 6});
  const graph::FoldedNetwork network = graph::fold(d.build(d.max_pool(d.conv(0, 22, 3), 2, 2)));
  const auto pooled = [&](const config::Chip& chip, int columns) {
    const BuiltProgram built = build_program(map(network, chip), chip);
    const program::Task& t = built.program.tasks[1];
    EXPECT_EQ(t.columns, columns);
    const double control = config::mvm_energy(chip, t.rows, t.columns, chip.adc.bits).control_pj;
    return (static_cast<double>(part(t, Component::Digital)) * 1e-6 - control - 2 * columns) / 0.5;
  };
  const config::Chip whole = round_chip();
  config::Chip cut = whole;
  cut.crossbar.columns = 12;                 // one of them is left free
  EXPECT_NEAR(pooled(whole, 22), 22, 1e-4);  // values that enter the pool, each firing its pixel
  EXPECT_NEAR(pooled(cut, 11), 11, 1e-4);
}

TEST(Costs, TheCalibratedLayerAndThePeakCostWhatWasPublished) {
  // LG Table I: 131.3 nJ (1-phase) and 519.1 nJ (4-phase) for the MVMs of a 2016 x 224 layer in 8 cores.
  for (const auto& [mode, energy_nj] :
       {std::pair{config::ReadMode::OnePhase, 131.3}, std::pair{config::ReadMode::FourPhase, 519.1}}) {
    config::Chip chip = config::load_chip("hermes");
    chip.crossbar.read_mode = mode;
    chip.energy.digital_pj_per_output = 0;
    test::Draft d({2016});
    const BuiltProgram built = build_program(map(graph::fold(d.build(d.gemm(0, 224))), chip), chip);
    double total = 0;
    int cores = 0;
    for (const program::Task& t : built.program.tasks) {
      for (const common::Attojoules e : program::firing_energy(t)) total += common::nj_from_aj(e);
      cores += t.core >= 0;
    }
    EXPECT_EQ(cores, 8);
    EXPECT_NEAR(total, energy_nj, 0.002 * energy_nj);
  }
}

TEST(Costs, AFusedPoolAndASkipAreWorkOfTheLastHop) {
  const config::Chip chip = round_chip();
  test::Draft d({4, 8, 8});
  const int a = d.conv(0, 4, 3);
  const BuiltProgram built =
      build_program(map(graph::fold(d.build(d.average_pool(d.add(d.conv(a, 4, 3), a), 2, 2))), chip), chip);
  const program::Task& plain = task_of_layer(built.program, 0);
  const program::Task& busy = task_of_layer(built.program, 1);
  // 2x2 pools without overlap: 4 values per firing, half a cycle of work, rounded up.
  EXPECT_EQ(busy.visits[program::kDigital].duration_ps, plain.visits[program::kDigital].duration_ps + 2000);
  EXPECT_EQ(part(busy, Component::Digital), part(plain, Component::Digital) + 4 * 500000);
  EXPECT_EQ(part(busy, Component::Memory), part(plain, Component::Memory) + 4 * 100 * 1000);  // the skip
}

TEST(Costs, PartialSumsAreReadFromMemoryOnAMeshAndNotOverDedicatedLinks) {
  const config::Chip mesh = round_chip();
  test::Draft d({500});
  const graph::Network network = d.build(d.gemm(0, 20));
  const BuiltProgram built = build_program(map(graph::fold(network), mesh), mesh);
  const program::Task& first = built.program.tasks[1];
  const program::Task& second = built.program.tasks[2];
  EXPECT_EQ(first.rows, 250);
  const int bytes = (20 * mesh.numbers.partial_sum_bits + 7) / 8;
  EXPECT_EQ(part(first, Component::Memory), 250 * 100 * 1000);
  EXPECT_EQ(part(second, Component::Memory), (250 + bytes) * 100 * 1000);
  const program::Stream& sums = built.program.streams[first.outputs.at(0).stream];
  EXPECT_TRUE(sums.partial_sum);
  EXPECT_FALSE(sums.streaming);
  EXPECT_EQ(sums.bytes, bytes);
  EXPECT_EQ(sums.token_energy_write, bytes * 200 * 1000);
  EXPECT_EQ(sums.token_energy_network, bytes * (1 * 10 + 2 * 7) * 1000);

  const config::Chip hermes = config::load_chip("hermes");
  const BuiltProgram linked = build_program(map(graph::fold(network), hermes), hermes);
  for (const program::Task& t : linked.program.tasks) {
    EXPECT_EQ(part(t, Component::Memory), 0);
    if (t.core != program::kHost) {
      EXPECT_EQ(t.visits[program::kLoad].duration_ps, 0);
    }
  }
  int streamed = 0;
  for (const program::Stream& s : linked.program.streams) {
    EXPECT_EQ(s.streaming, s.partial_sum);
    EXPECT_EQ(s.token_energy_write, 0);
    if (s.streaming) {
      ASSERT_EQ(s.route.size(), 1u);
      const program::Link& link = fabric::make(hermes)->platform().links.at(s.route[0].link);
      EXPECT_EQ(program::name_of(link), "link 0 -> 1");
    }
    streamed += s.streaming;
  }
  EXPECT_EQ(streamed, 1);
}

TEST(Costs, TokensPayForTheirWayThroughTheMeshAndTheHost) {
  const config::Chip chip = round_chip();
  test::Draft d({3, 4, 4});
  const BuiltProgram built =
      build_program(map(graph::fold(d.build(d.conv(d.conv(0, 5, 1), 2, 1))), chip), chip);
  const program::Stream& in = built.program.streams[0];  // host -> core 0, where the host's router is
  const program::Stream& chain_position = built.program.streams[1];  // core 0 -> core 1
  const program::Stream& out = built.program.streams[2];             // core 1 -> host
  EXPECT_EQ(in.bytes, 3);
  EXPECT_EQ(in.token_energy_network, 3 * 7 * 1000);
  EXPECT_EQ(in.token_energy_host, 3 * 1000000);
  EXPECT_EQ(in.token_energy_write, 3 * 200 * 1000);
  EXPECT_EQ(chain_position.bytes, 5);
  EXPECT_EQ(chain_position.token_energy_network, 5 * (10 + 2 * 7) * 1000);
  EXPECT_EQ(chain_position.token_energy_host, 0);
  EXPECT_EQ(out.bytes, chip.numbers.logits_fp16 ? 4 : 2);
  EXPECT_EQ(out.token_energy_network, out.bytes * (10 + 2 * 7) * 1000);
  EXPECT_EQ(out.token_energy_write, 0);
  EXPECT_EQ(in.credit_ps, chip.network.credit_latency_cycles * chip.network.clock_ps);
}

TEST(Costs, AMulticastPaysForEveryLinkOnceAndForEveryWrite) {
  const config::Chip chip = round_chip();
  const auto fabric = fabric::make(chip);
  program::Program p;
  p.tasks.resize(5);
  const std::array<int, 5> places = {0, 1, 2, 2, program::kHost};
  for (std::size_t t = 0; t < places.size(); ++t) p.tasks[t].core = places[t];
  p.multicasts.resize(1);
  for (int to = 1; to < 5; ++to) {
    program::Stream s;
    s.to = to;
    s.bytes = 3;
    p.multicasts[0].streams.push_back(to - 1);
    p.streams.push_back(s);
  }
  fabric::set_routes(p, *fabric);
  const program::Multicasts multicasts(p, fabric->platform());
  for (int s = 0; s < 4; ++s)
    set_stream_costs(p.streams[s], 0, places[s + 1], fabric->platform(), chip, multicasts.shared(s));
  // To core 1: one hop, routers 0 and 1. To core 2: one more of both; to a second task there: nothing more.
  // To the host, whose port is at router 0: its link.
  EXPECT_EQ(p.streams[0].token_energy_network, 3 * (10 + 2 * 7) * 1000);
  EXPECT_EQ(p.streams[1].token_energy_network, 3 * (10 + 7) * 1000);
  EXPECT_EQ(p.streams[2].token_energy_network, 0);
  EXPECT_EQ(p.streams[3].token_energy_network, 0);
  EXPECT_EQ(p.streams[3].token_energy_host, 3 * 1000000);
  for (int s = 0; s < 3; ++s) {
    EXPECT_EQ(p.streams[s].token_energy_host, 0);
    EXPECT_EQ(p.streams[s].token_energy_write, 3 * 200 * 1000);
  }
}

TEST(Costs, TokensPayForLinksBetweenChips) {
  config::Chip chip = round_chip();
  chip.grid = {1, 1};
  chip.chips = config::Chips{2, 0, 1000, 4, 20, 3.0};
  test::Draft d({4});
  const BuiltProgram built =
      build_program(map(graph::fold(d.build(d.gemm(d.relu(d.gemm(0, 6)), 5))), chip), chip);
  const program::Stream& between = built.program.streams.at(1);
  EXPECT_EQ(between.bytes, 6);
  // No wire on a chip, two routers, one link between chips.
  EXPECT_EQ(between.token_energy_network, 6 * (2 * 7 + 3000) * 1000);
}

TEST(Costs, DigitalLayersTakeTheirMultiplications) {
  config::Chip chip = round_chip();
  config::LayerOverride digital;
  digital.digital = true;
  chip.layers = {{"*", digital}};
  test::Draft d({10, 6, 6});
  const BuiltProgram built = build_program(map(graph::fold(d.build(d.conv(0, 22, 3))), chip), chip);
  const program::Task& t = built.program.tasks[1];
  EXPECT_EQ(t.kind, program::TaskKind::Digital);
  EXPECT_EQ(t.macs, 1980);
  EXPECT_EQ(t.visits[program::kCrossbar].duration_ps, 0);
  EXPECT_EQ(t.visits[program::kDigital].duration_ps,
            (124 + 6 + 10) * 2000);  // 1980 multiplications, 16 per cycle
  EXPECT_EQ(part(t, Component::Digital), std::llround((1980 * 0.05 + 22 * 2) * 1e6));
  EXPECT_EQ(part(t, Component::Adc), 0);
}

TEST(Costs, AddsAndPoolsOfTheirOwnPayPerValue) {
  const config::Chip chip = round_chip();
  test::Draft d({4, 6, 6});
  const int a = d.relu(0);
  const BuiltProgram built =
      build_program(map(graph::fold(d.build(d.max_pool(d.add(a, a), 3, 1, 1))), chip), chip);
  const program::Task& relu = task_of_layer(built.program, 0);
  const program::Task& add = task_of_layer(built.program, 1);
  const program::Task& pool = task_of_layer(built.program, 2);
  EXPECT_EQ(relu.visits[program::kDigital].duration_ps, (1 + 10) * 2000);
  EXPECT_EQ(part(relu, Component::Digital), 4 * 2500000);
  EXPECT_EQ(part(add, Component::Digital), 4 * 3000000);
  EXPECT_EQ(part(add, Component::Memory), 8 * 100 * 1000);
  EXPECT_EQ(pool.visits[program::kDigital].duration_ps, (5 + 1 + 10) * 2000);  // 36 values, 8 per cycle
  EXPECT_EQ(pool.visits[program::kLoad].duration_ps, 2 * 1000);                // 36 bytes
  EXPECT_EQ(part(pool, Component::Digital), (4 * 2 + 18) * 1000000);
}

TEST(Costs, AUnitThatTheChipLacksIsNamed) {
  config::Chip chip = round_chip();
  chip.digital.pool_values_per_cycle = 0;
  test::Draft d({4, 6, 6});
  const Mapping mapping = map(graph::fold(d.build(d.max_pool(d.conv(0, 4, 3), 2, 2))), chip);
  test::expect_input_error(
      [&] { build_program(mapping, chip); },
      "error: chip 'hermes-mesh': digital.pool_values_per_cycle is 0, but the network needs "
      "that unit");
}

}  // namespace
}  // namespace phasecore::mapping
