// A unit added from outside the library in three files (outside_unit/): its component, the work that asks for
// it with its rule, and its kernel. And mapped networks whose tasks share cores, with values.
#include <gtest/gtest.h>

#include <algorithm>

#include "models/graph/fold.hpp"
#include "sim/analytic/analytic.hpp"
#include "sim/mapping/build_program.hpp"
#include "sim/run/account.hpp"
#include "sim/run/bounds.hpp"
#include "sim/run/chip_runner.hpp"
#include "sim/run/functional.hpp"
#include "tests/sim/numerics/toy.hpp"
#include "tests/sim/run/outside_unit/kernel.hpp"

namespace phasecore::run {
namespace {

using mapping::Stage;

graph::Network halved() {
  test::NetworkBuilder b("halved", {2, 12, 12});
  const int stem = b.op<graph::Relu>("stem.relu", {b.conv("stem", 0, 12, 3)});
  const int half = b.op<test::Halve>("half", {stem});
  const int body = b.op<graph::Relu>("body.relu", {b.conv("body", half, 12, 3)});
  return b.build(b.gemm("classifier", b.op<graph::Flatten>("flatten", {body}), 10));
}

constexpr int kHalf = 1;  ///< index of its stage

mapping::Mapping mapped(const graph::Network& network, const config::Chip& chip) {
  mapping::Rules rules = mapping::lowering_rules();
  rules.add("Halve", test::lower_halve);
  return mapping::map(graph::fold(network), chip, rules);
}

numerics::Kernels kernels() {
  numerics::Kernels kernels = numerics::stage_kernels();
  kernels.add<test::HalveWork, test::HalveKernel>();
  return kernels;
}

mapping::Mapping on_fewer_cores(mapping::Mapping mapping, int cores) {
  for (Stage& stage : mapping.stages) {
    if (stage.core >= 0) stage.core %= cores;
    if (mapping::MvmWork* mvm = mapping::in_crossbars(stage))
      for (mapping::SubMatrix& part : mvm->submatrices) part.core %= cores;
  }
  return mapping;
}

struct Work {
  explicit Work(const mapping::Mapping& m)
      : map(m),
        built(mapping::build_program(map, chip)),
        platform(fabric::make(chip)->platform()),
        executor(map, chip, config::load_device("hermes-2"),
                 numerics::calibrate(graph::fold(network), map, chip, data.batch(0, 40)), kernels()) {
    platform.units = built.units;
  }

  ChipRunner chips;
  config::Chip chip = test::toy_chip(64);
  graph::Network network = halved();
  data::Dataset data = test::toy_data(network, 40, 3);
  mapping::Mapping map;
  mapping::BuiltProgram built;
  program::Platform platform;
  numerics::Executor executor;
};

const program::Task& halving_task(const Work& work) {
  const auto& tasks = work.built.program.tasks;
  return *std::find_if(tasks.begin(), tasks.end(), [](const auto& t) { return t.layer == kHalf; });
}

TEST(OutsideUnit, IsAVisitBehindTheDigitalUnitAtItsTimeAndEnergy) {
  const Work work(mapped(halved(), test::toy_chip(64)));
  EXPECT_EQ(work.built.units, (std::vector<std::string>{"load", "crossbar", "digital", "halving"}));
  const program::Task& task = halving_task(work);
  ASSERT_EQ(task.visits.size(), 4u);
  EXPECT_EQ(task.visits[3].unit, program::kStandardUnits);
  EXPECT_EQ(task.visits[3].duration_ps, 12 * 3000);
  EXPECT_EQ(task.visits[3].energy[static_cast<int>(program::Component::Digital)], 12 * 40'000);
}

TEST(OutsideUnit, RunsInBothEnginesWithClosedBooks) {
  constexpr int kImages = 3;
  Work work(mapped(halved(), test::toy_chip(64)));
  const program::Activity on_paper = analytic::run(work.built.program, work.platform, kImages);
  const program::Activity run = work.chips.run(work.platform, work.built.program, kImages);
  check_bounds(run, on_paper, analytic::interval_bound(work.built.program, work.platform));
  const program::Task& task = halving_task(work);
  EXPECT_GE(run.cores[task.core].busy_ps, kImages * 144 * task.visits[3].duration_ps);
  const auto books = account(work.built.program, run, {kImages, 0}, work.chip, run.end_ps);
  EXPECT_EQ(books.layers[kHalf][static_cast<int>(program::Component::Digital)],
            144 * program::firing_energy(task)[static_cast<int>(program::Component::Digital)]);
}

TEST(OutsideUnit, ComputesWhatTheExecutorSaysBitForBit) {
  Work work(mapped(halved(), test::toy_chip(64)));
  const numerics::State state = work.executor.programmed(7, 0, {86400}, analog::Compensation::Gdc).front();
  check_functional(work.executor, state, work.built, work.platform, work.data.batch(0, 2), work.chips);
}

TEST(SharedCores, ComputeWhatTheExecutorSaysBitForBitAndCloseTheirBooks) {
  constexpr int kImages = 3;
  const mapping::Mapping alone = mapped(halved(), test::toy_chip(64));
  for (const int cores : {1, 2, 3}) {
    Work work(on_fewer_cores(alone, cores));
    EXPECT_EQ(work.built.program.orders.size(), static_cast<std::size_t>(cores));
    const numerics::State state = work.executor.programmed(7, 0, {86400}, analog::Compensation::Gdc).front();
    check_functional(work.executor, state, work.built, work.platform, work.data.batch(0, 2), work.chips);
    const program::Activity on_paper = analytic::run(work.built.program, work.platform, kImages);
    const program::Activity run = work.chips.run(work.platform, work.built.program, kImages);
    check_bounds(run, on_paper, analytic::interval_bound(work.built.program, work.platform));
    const auto books = account(work.built.program, run, {kImages, 0}, work.chip, run.end_ps);
    common::Attojoules of_layers = 0;
    for (std::size_t layer = 0; layer + 1 < books.layers.size(); ++layer)
      of_layers += books.layers[layer][static_cast<int>(program::Component::Static)];
    common::Attojoules of_cores = 0;
    int mapped = 0;
    for (const CorePower& power : books.power) {
      if (power.time_ps[static_cast<int>(PowerState::Off)] > 0) continue;
      of_cores += power.total();
      ++mapped;
    }
    EXPECT_EQ(mapped, cores);
    EXPECT_EQ(of_layers, of_cores);
  }
}

}  // namespace
}  // namespace phasecore::run
