// Finite buffers: enough never to deadlock, not one token fewer where it counts, and within the memory.
#include "sim/mapping/capacities.hpp"

#include <gtest/gtest.h>

#include <map>

#include "models/graph/fold.hpp"
#include "sim/mapping/build_program.hpp"
#include "tests/sim/mapping/networks.hpp"
#include "tests/sim/mapping/token_machine.hpp"
#include "tests/support/support.hpp"

namespace phasecore::mapping {
namespace {

struct Built {
  config::Chip chip;
  Mapping mapping;
  BuiltProgram built;
  test::Values image;
};

Built build(const graph::Network& network, const config::Chip& chip) {
  Built b{
      chip, map(graph::fold(network), chip), {}, test::Values(graph::volume(network.input().shape), 0.5f)};
  b.built = build_program(b.mapping, chip);
  return b;
}

config::Chip small_crossbars() {
  config::Chip chip = test::one_to_one("hermes-mesh");
  chip.crossbar.rows = 20;
  chip.crossbar.columns = 6;
  chip.grid.columns = chip.grid.rows = 32;
  return chip;
}

void set_all(BuiltProgram& built, const std::vector<int>& capacities) {
  for (std::size_t s = 0; s < capacities.size(); ++s) built.program.streams[s].capacity = capacities[s];
}

TEST(Capacities, TheLeastOnesNeverDeadlockInAnyOrder) {
  int runs = 0;
  for (std::uint32_t seed = 1; seed <= 60; ++seed) {
    Built b = build(test::random_network(seed, 3 + seed % 12), small_crossbars());
    set_all(b.built, least_capacities(b.built.program));
    for (std::uint32_t order = 0; order < 3; ++order, ++runs)
      ASSERT_TRUE(test::run_tokens(b.mapping, b.built, b.image, order).has_value()) << "seed " << seed;
  }
  EXPECT_EQ(runs, 180);
}

TEST(Capacities, OneTokenLessThanTheSkipConnectionNeedsDeadlocks) {
  test::Draft d({2, 8, 8});
  const int a = d.conv(0, 2, 3), b = d.conv(a, 2, 3), c = d.conv(b, 2, 3);
  Built built = build(d.build(d.add(c, a)), test::one_to_one("hermes-mesh"));
  std::vector<int> least = least_capacities(built.built.program);
  int skip = -1;
  for (const program::Input& in : built.built.program.tasks[3].inputs)
    if (in.visit == program::kDigital) skip = in.stream;
  ASSERT_GE(skip, 0);
  // The third convolution's first firing sees b up to (1, 1), b's window at (1, 1) sees a up to (2, 2).
  EXPECT_EQ(least[skip], 2 * 8 + 3);
  set_all(built.built, least);
  EXPECT_TRUE(test::run_tokens(built.mapping, built.built, built.image, 1).has_value());
  --least[skip];
  set_all(built.built, least);
  EXPECT_FALSE(test::run_tokens(built.mapping, built.built, built.image, 1).has_value());
}

TEST(Capacities, AThreeByThreeConvolutionKeepsTwoRowsAndThreePixels) {
  test::Draft d({2, 8, 8});
  const Built b = build(d.build(d.conv(0, 2, 3)), test::one_to_one("hermes-mesh"));
  EXPECT_EQ(least_capacities(b.built.program), (std::vector<int>{2 * 8 + 3, 1}));
}

/// Bytes of all buffers per core.
std::map<int, long long> buffers(const program::Program& p) {
  std::map<int, long long> bytes;
  for (const program::Stream& s : p.streams)
    if (p.tasks[s.to].core >= 0) bytes[p.tasks[s.to].core] += static_cast<long long>(s.capacity) * s.bytes;
  return bytes;
}

TEST(Capacities, StayWithinTheMemoryAndBetweenTheLeastAndAWholeImage) {
  for (int memory : {65536, 8192, 4096}) {
    config::Chip chip = test::one_to_one("hermes-mesh");
    chip.memory.bytes = memory;
    const Built b = build(test::resnet8(), chip);
    const std::vector<int> least = least_capacities(b.built.program);
    for (const auto& [core, bytes] : buffers(b.built.program)) EXPECT_LE(bytes, memory) << "core " << core;
    for (std::size_t s = 0; s < least.size(); ++s) {
      const program::Stream& stream = b.built.program.streams[s];
      if (b.built.program.tasks[stream.to].core == program::kHost) continue;
      EXPECT_GE(stream.capacity, least[s]);
      EXPECT_LE(stream.capacity, std::max(stream.tokens, least[s] + 1));
    }
    EXPECT_TRUE(test::run_tokens(b.mapping, b.built, b.image, 5).has_value());
  }
}

TEST(Capacities, PlentyOfMemoryHoldsAWholeImage) {
  config::Chip chip = test::one_to_one("hermes-mesh");
  chip.memory.bytes = 1 << 24;
  const Built b = build(test::resnet8(), chip);
  for (const program::Stream& s : b.built.program.streams)
    if (b.built.program.tasks[s.to].core >= 0) {
      EXPECT_GE(s.capacity, s.tokens);
    }
}

TEST(Capacities, AMemoryThatIsTooSmallIsRefusedWithTheTable) {
  config::Chip chip = test::one_to_one("hermes-mesh");
  chip.memory.bytes = 120;
  test::Draft d({1, 8, 8});
  const int a = d.conv(0, 8, 3), b = d.conv(a, 8, 3);
  d.rename(a, "stem");
  d.rename(b, "body");
  const graph::Network network = d.build(b, "deep");
  const Mapping mapping = map(graph::fold(network), chip);
  // stem: 19 pixels of 1 byte fit; body: 19 pixels of 8 bytes do not.
  test::expect_input_error(
      [&] { build_program(mapping, chip); },
      "error: network 'deep' needs larger input buffers than the 120 bytes of activation "
      "memory that a core of chip 'hermes-mesh' has (memory.bytes)\n"
      "layer  core  bytes needed\n"
      "-----  ----  ------------\n"
      "body      1           152\n");
}

TEST(Capacities, WithoutMemoryRegistersHoldTwoTokens) {
  const Built b = build(test::resnet8(), config::load_chip("hermes"));
  int registers = 0;
  for (const program::Stream& s : b.built.program.streams)
    if (b.built.program.tasks[s.to].core >= 0) {
      EXPECT_EQ(s.capacity, 2);
      ++registers;
    }
  EXPECT_GT(registers, 9);
}

TEST(Capacities, APacketThatNoBufferHoldsIsRefused) {
  config::Chip chip = test::one_to_one("hermes-mesh");
  chip.network.buffer_flits = chip.network.header_flits + 1;
  test::Draft d({2 * chip.network.flit_bytes, 4, 4});
  const int a = d.conv(0, 4, 1);
  d.rename(a, "wide");
  const Mapping mapping = map(graph::fold(d.build(a)), chip);
  EXPECT_EQ(test::input_error([&] { build_program(mapping, chip); }),
            "error: chip 'hermes-mesh': network.buffer_flits = " + std::to_string(chip.network.buffer_flits) +
                " cannot hold a packet of " + std::to_string(chip.network.header_flits + 2) + " flits (" +
                std::to_string(2 * chip.network.flit_bytes) + " bytes) from 'shared' to 'wide'");
}

}  // namespace
}  // namespace phasecore::mapping
