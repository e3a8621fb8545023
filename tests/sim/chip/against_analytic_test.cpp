// Two engines, one set of rules, no shared code: the SystemC chip against the max-plus recursion.
#include <gtest/gtest.h>

#include <map>

#include "sim/analytic/analytic.hpp"
#include "sim/chip/chip.hpp"
#include "tests/sim/chip/forked.hpp"
#include "tests/sim/program/widened_program.hpp"

namespace phasecore::test {
namespace {

using program::Activity;

/// Every random program has a chip of its own, so each runs in a child process.
Activity run_on_chip(const RandomProgram& random) {
  return program::activity_from_bytes(in_child([&] {
    chip::Chip chip(random.platform());
    chip::RunOptions options;
    options.images = random.images;
    return program::to_bytes(chip.run(random.program, options));
  }));
}

using LinkEnds = std::pair<int, int>;
std::map<LinkEnds, std::pair<std::int64_t, std::int64_t>> traffic(const Activity& a) {
  std::map<LinkEnds, std::pair<std::int64_t, std::int64_t>> flits;
  for (const auto& link : a.links) flits[{link.from, link.to}] = {link.packets, link.flits};
  return flits;
}

void expect_equal_counts(const Activity& chip, const Activity& paper) {
  EXPECT_EQ(chip.stream_tokens, paper.stream_tokens);
  EXPECT_EQ(traffic(chip), traffic(paper));
  ASSERT_EQ(chip.tasks.size(), paper.tasks.size());
  for (std::size_t t = 0; t < chip.tasks.size(); ++t)
    EXPECT_EQ(chip.tasks[t].firings, paper.tasks[t].firings);
}

/// `gaps`: how many have been compared.
void expect_equal_times(const Activity& chip, const Activity& paper, std::int64_t& gaps) {
  EXPECT_EQ(chip.end_ps, paper.end_ps);
  EXPECT_EQ(chip.image_end_ps, paper.image_end_ps);
  for (std::size_t t = 0; t < chip.tasks.size(); ++t) {
    EXPECT_EQ(chip.tasks[t].first_start_ps, paper.tasks[t].first_start_ps) << "task " << t;
    EXPECT_EQ(chip.tasks[t].last_end_ps, paper.tasks[t].last_end_ps) << "task " << t;
  }
  ASSERT_EQ(chip.cores.size(), paper.cores.size());
  for (std::size_t c = 0; c < chip.cores.size(); ++c) {
    EXPECT_EQ(chip.cores[c].busy_ps, paper.cores[c].busy_ps) << "core " << c;
    EXPECT_EQ(chip.cores[c].idle_ps, paper.cores[c].idle_ps) << "core " << c;
    for (int cause = 0; cause < program::kStalls; ++cause)
      EXPECT_EQ(chip.cores[c].stalled_ps[cause], paper.cores[c].stalled_ps[cause])
          << "core " << c << ", " << program::name_of(static_cast<program::Stall>(cause));
    EXPECT_EQ(chip.cores[c].marks, paper.cores[c].marks) << "core " << c;
    for (const auto& mark : chip.cores[c].marks) gaps += mark.gaps;
  }
}

void expect_never_earlier(const Activity& chip, const Activity& paper) {
  EXPECT_GE(chip.end_ps, paper.end_ps);
  ASSERT_EQ(chip.image_end_ps.size(), paper.image_end_ps.size());
  for (std::size_t i = 0; i < chip.image_end_ps.size(); ++i)
    EXPECT_GE(chip.image_end_ps[i], paper.image_end_ps[i]);
  for (std::size_t t = 0; t < chip.tasks.size(); ++t) {
    EXPECT_GE(chip.tasks[t].first_start_ps, paper.tasks[t].first_start_ps) << "task " << t;
    EXPECT_GE(chip.tasks[t].last_end_ps, paper.tasks[t].last_end_ps) << "task " << t;
  }
}

using Maker = RandomProgram (*)(std::uint64_t, const RandomOptions&);

int compare(RandomOptions options, int programs, Maker make = random_program) {
  int later = 0, compared = 0;
  std::int64_t gaps = 0;
  for (int seed = 0; seed < programs; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const RandomProgram random = make(seed, options);
    const Activity chip = run_on_chip(random);
    const Activity paper = analytic::run(random.program, random.platform(), random.images);
    expect_equal_counts(chip, paper);
    if (options.contended)
      expect_never_earlier(chip, paper);
    else
      expect_equal_times(chip, paper, gaps);
    later += chip.end_ps > paper.end_ps;
    ++compared;
    if (::testing::Test::HasFailure()) break;
  }
  EXPECT_EQ(compared, programs);
  EXPECT_TRUE(options.contended || gaps > programs) << gaps << " gaps were compared";
  return later;
}

TEST(Chip, EqualsTheRecursionOnProgramsWithoutContentionOnTheMesh) {
  EXPECT_EQ(compare({true, false}, 100), 0);
}

TEST(Chip, EqualsTheRecursionOnProgramsWithoutContentionOnDedicatedLinks) {
  EXPECT_EQ(compare({false, false}, 100), 0);
}

TEST(Chip, EqualsTheRecursionOnProgramsWithoutContentionOnATorus) {
  EXPECT_EQ(compare({true, false, true}, 100), 0);
}

TEST(Chip, IsNeverEarlierThanTheRecursionOnContendedProgramsOnATorus) {
  EXPECT_GE(compare({true, true, true}, 100), 50);
}

TEST(Chip, EqualsTheRecursionOnProgramsWithoutContentionOnSeveralChips) {
  EXPECT_EQ(compare({true, false, false, 2}, 60), 0);
  EXPECT_EQ(compare({true, false, true, 3}, 40), 0);
}

TEST(Chip, IsNeverEarlierThanTheRecursionOnContendedProgramsOnSeveralChips) {
  EXPECT_GE(compare({true, true, false, 3}, 60), 30);
  EXPECT_GE(compare({true, true, true, 2}, 40), 20);
}

TEST(Chip, IsNeverEarlierThanTheRecursionOnContendedPrograms) {
  // And it is later on many: the bound is not met by leaving the contention out.
  EXPECT_GE(compare({true, true}, 100), 50);
}

TEST(Chip, IsNeverEarlierThanTheRecursionOnContendedDedicatedLinks) {
  compare({false, true}, 100);
}

TEST(Chip, EqualsTheRecursionWhereTasksShareCoresAndLoopOnTheMesh) {
  EXPECT_EQ(compare({true, false}, 100, widened_program), 0);
}

TEST(Chip, EqualsTheRecursionWhereTasksShareCoresAndLoopOnDedicatedLinks) {
  EXPECT_EQ(compare({false, false}, 100, widened_program), 0);
}

TEST(Chip, IsNeverEarlierThanTheRecursionWhereTasksShareCoresAndLoopWithContention) {
  EXPECT_GE(compare({true, true}, 100, widened_program), 30);
}

TEST(Chip, IsNeverEarlierThanTheRecursionWhereTasksShareCoresAndLoopOnContendedDedicatedLinks) {
  compare({false, true}, 100, widened_program);
}

// Sharing, loops, a further unit, multicasts and orders of pixels at once, on every topology and on several
// chips.

TEST(Chip, EqualsTheRecursionOnProgramsOfAllKindsOnTheMesh) {
  EXPECT_EQ(compare({true, false}, 60, mixed_program), 0);
}

TEST(Chip, EqualsTheRecursionOnProgramsOfAllKindsOnATorus) {
  EXPECT_EQ(compare({true, false, true}, 60, mixed_program), 0);
}

TEST(Chip, EqualsTheRecursionOnProgramsOfAllKindsOnSeveralChips) {
  EXPECT_EQ(compare({true, false, false, 2}, 30, mixed_program), 0);
  EXPECT_EQ(compare({true, false, true, 3}, 20, mixed_program), 0);
}

TEST(Chip, EqualsTheRecursionOnProgramsOfAllKindsOnDedicatedLinks) {
  EXPECT_EQ(compare({false, false}, 30, mixed_program), 0);
}

TEST(Chip, IsNeverEarlierThanTheRecursionOnContendedProgramsOfAllKindsOnTheMesh) {
  EXPECT_GE(compare({true, true}, 60, mixed_program), 20);
}

TEST(Chip, IsNeverEarlierThanTheRecursionOnContendedProgramsOfAllKindsOnATorus) {
  EXPECT_GE(compare({true, true, true}, 60, mixed_program), 20);
}

TEST(Chip, IsNeverEarlierThanTheRecursionOnContendedProgramsOfAllKindsOnSeveralChips) {
  EXPECT_GE(compare({true, true, false, 3}, 30, mixed_program), 10);
  EXPECT_GE(compare({true, true, true, 2}, 20, mixed_program), 7);
}

TEST(Chip, IsNeverEarlierThanTheRecursionOnContendedProgramsOfAllKindsOnDedicatedLinks) {
  compare({false, true}, 30, mixed_program);
}

// The same with signals, and with layers that run one after the other.

TEST(Chip, EqualsTheRecursionOnProgramsInWavesOnTheMesh) {
  EXPECT_EQ(compare({true, false}, 60, program_in_waves), 0);
}

TEST(Chip, EqualsTheRecursionOnProgramsInWavesOnATorusAndOnSeveralChips) {
  EXPECT_EQ(compare({true, false, true}, 30, program_in_waves), 0);
  EXPECT_EQ(compare({true, false, false, 2}, 30, program_in_waves), 0);
}

TEST(Chip, EqualsTheRecursionOnProgramsInWavesOnDedicatedLinks) {
  EXPECT_EQ(compare({false, false}, 30, program_in_waves), 0);
}

TEST(Chip, IsNeverEarlierThanTheRecursionOnContendedProgramsInWaves) {
  EXPECT_GE(compare({true, true}, 60, program_in_waves), 20);
  EXPECT_GE(compare({true, true, false, 3}, 30, program_in_waves), 10);
  compare({false, true}, 30, program_in_waves);
}

}  // namespace
}  // namespace phasecore::test
