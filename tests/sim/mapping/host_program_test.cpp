// interlayer: host. What goes to the cores is rows of their input vectors, everything between layers is the
// host's, and every output leaves the chip once.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "models/graph/fold.hpp"
#include "sim/mapping/build_program.hpp"
#include "sim/mapping/stage.hpp"
#include "tests/sim/mapping/networks.hpp"

namespace phasecore::mapping {
namespace {

struct Hermes : testing::Test {
  config::Chip chip = config::load_chip("hermes");
  Mapping mapping = map(graph::fold(test::resnet8()), chip);
  BuiltProgram built = build_program(mapping, chip);
  const program::Program& p = built.program;
};

TEST_F(Hermes, EveryCoreGetsExactlyItsRowsOncePerFiring) {
  int cores = 0;
  for (std::size_t t = 0; t < p.tasks.size(); ++t) {
    if (built.tasks[t].role != TaskRole::Core) continue;
    ++cores;
    const SubMatrix& part = submatrices_of(mapping.stages[built.tasks[t].stage])[built.tasks[t].submatrix];
    int loads = 0;
    for (const program::Input& in : p.tasks[t].inputs) {
      if (in.visit != program::kLoad) continue;
      ++loads;
      const StreamOrigin& o = built.streams[in.stream];
      EXPECT_EQ(o.kind, TokenKind::Rows);
      EXPECT_EQ(o.channel_begin, part.row_begin);
      EXPECT_EQ(o.channel_end, part.row_end);
      EXPECT_EQ(p.streams[in.stream].bytes, part.row_end - part.row_begin);
      EXPECT_EQ(p.streams[in.stream].tokens, p.tasks[t].firings);
    }
    EXPECT_EQ(loads, 1);
  }
  EXPECT_EQ(cores, mapping.cores_used);
}

TEST_F(Hermes, EveryOutputLeavesTheChipOnceAndOnlyPartialSumsStayOnIt) {
  std::map<int, long long> left;  // stage -> bytes per image
  for (std::size_t s = 0; s < p.streams.size(); ++s) {
    const bool from_core = p.tasks[p.streams[s].from].core >= 0, to_core = p.tasks[p.streams[s].to].core >= 0;
    EXPECT_EQ(from_core && to_core, p.streams[s].partial_sum);
    if (from_core && !to_core)
      left[built.streams[s].stage] += static_cast<long long>(p.streams[s].bytes) * p.streams[s].tokens;
  }
  for (std::size_t s = 0; s < mapping.stages.size(); ++s) {
    const Stage& stage = mapping.stages[s];
    EXPECT_EQ(left.count(static_cast<int>(s)), stage.as<MvmWork>() != nullptr);
    if (stage.as<MvmWork>() != nullptr) {
      EXPECT_EQ(left[static_cast<int>(s)], graph::volume(stage.out_shape));
    }
  }
}

TEST_F(Hermes, HostTasksAreOneSenderPerLayerOneCollectorPerInnerLayerAndTheHostsOwnStages) {
  std::map<TaskRole, int> roles;
  for (std::size_t t = 0; t < p.tasks.size(); ++t) {
    ++roles[built.tasks[t].role];
    if (built.tasks[t].role == TaskRole::Core) continue;
    EXPECT_EQ(p.tasks[t].kind, program::TaskKind::Host);
    EXPECT_EQ(p.tasks[t].core, program::kHost);
  }
  EXPECT_EQ(roles[TaskRole::Source], 1);
  EXPECT_EQ(roles[TaskRole::Sink], 1);
  EXPECT_EQ(roles[TaskRole::Send], 10);
  EXPECT_EQ(roles[TaskRole::Collect], 9);
  EXPECT_EQ(roles[TaskRole::HostStage], 4);  // three adds and the pool
}

TEST(HostProgram, ChipsWithActivationMemoryAndAMeshMayUseTheHostToo) {
  config::Chip chip = test::one_to_one("hermes-mesh");
  chip.host.interlayer = config::Interlayer::Host;
  const Mapping mapping = map(graph::fold(test::resnet8()), chip);
  const BuiltProgram built = build_program(mapping, chip);
  for (const program::Stream& s : built.program.streams)
    if (built.program.tasks[s.to].core >= 0) {
      EXPECT_GE(s.capacity, std::min(s.tokens, 3));
    }
}

}  // namespace
}  // namespace phasecore::mapping
