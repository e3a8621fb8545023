// What programming and a readout take, by hand.
#include "sim/run/upkeep.hpp"

#include <gtest/gtest.h>

#include "models/graph/fold.hpp"
#include "sim/mapping/build_program.hpp"
#include "tests/sim/numerics/toy.hpp"

namespace phasecore::run {
namespace {

/// Le Gallo et al.: at most 256 x 2 x 30 x (8 x 125 + 768) ns = 27.2 ms, and about 1.3 mJ.
TEST(Programming, OfAPublishedCoreTakesItsPublishedTime) {
  for (const char* name : {"hermes", "hermes-mesh"}) {
    const config::Chip chip = config::load_chip(name);
    const auto map = mapping::map(graph::fold(test::toy_network()), chip);
    const UpkeepReport report = upkeep(mapping::build_program(map, chip).program, chip, 1000);
    const ProgrammingReport& p = report.programming;
    EXPECT_EQ(p.cores, map.cores_used);
    EXPECT_NEAR(p.time_per_core_ns, 27.2e6, 0.05e6);
    EXPECT_DOUBLE_EQ(p.time_ns, p.cores * p.time_per_core_ns);
    EXPECT_NEAR(p.energy_nj / p.cores, 1.3e6, 0.05e6);
    EXPECT_NEAR(p.constant_nj / p.cores, 49.2e-3 * 27.156e6, 1e3);
    EXPECT_DOUBLE_EQ(p.times_low, 1e6 / 30);
    EXPECT_DOUBLE_EQ(p.times_high, 1e8 / 30);
  }
}

TEST(Programming, IsFasterAndCostsTheSameWhereCoresAreProgrammedTogether) {
  const config::Chip one = config::load_chip("hermes-mesh");
  const config::Chip four = config::load_chip("hermes-mesh", {"programming.cores_at_once=4"});
  const auto map = mapping::map(graph::fold(test::toy_network()), one);
  const auto program = mapping::build_program(map, one).program;
  const ProgrammingReport a = upkeep(program, one, 1000).programming;
  const ProgrammingReport b = upkeep(program, four, 1000).programming;
  const int turns = (a.cores + 3) / 4;
  EXPECT_DOUBLE_EQ(b.time_ns, turns * a.time_per_core_ns);
  EXPECT_EQ(a.energy_nj, b.energy_nj);
}

/// One core of 10 x 4 in 1-phase mode.
TEST(DriftReadout, IsAnMvmForEveryRowInUse) {
  const config::Chip chip = config::load_chip("hermes-mesh", {"crossbar.read_mode=1-phase"});
  program::Program p;
  program::Task task;
  task.kind = program::TaskKind::Mvm;
  task.core = 5;
  task.rows = 10;
  task.columns = 4;
  task.visits = {program::load_visit(0), program::crossbar_visit(133000, true), program::digital_visit(0, 0)};
  const config::MvmEnergy energy = config::mvm_energy(chip, 10, 4, 12);
  const auto put = [&](program::Component c, double pj) {
    task.visits[1].energy[static_cast<int>(c)] = common::aj_from_pj(pj);
  };
  put(program::Component::Array, energy.array_pj);
  put(program::Component::Dac, energy.dac_pj);
  put(program::Component::Adc, energy.adc_pj);
  p.tasks = {task};
  const UpkeepReport report = upkeep(p, chip, 2000);
  const DriftReadoutReport& r = report.drift_readout;
  EXPECT_EQ(r.mvms, 10);
  const double one_ns = 133 + (4 + 14) * 2.5;
  EXPECT_DOUBLE_EQ(r.time_ns, 10 * one_ns);
  const double one_pj = config::mvm_energy(chip, 1, 4, 12).total_pj() + 4 * 219.12;
  EXPECT_NEAR(r.energy_nj, 10 * (one_pj * 1e-3 + one_ns * 49.2e-3), 1e-6);
  EXPECT_DOUBLE_EQ(r.images, 86400e9 / 2000);
  EXPECT_DOUBLE_EQ(r.energy_per_image_nj, r.energy_nj / r.images);
  // The same core again: one after the other; another core: at the same time.
  p.tasks = {task, task};
  EXPECT_DOUBLE_EQ(upkeep(p, chip, 2000).drift_readout.time_ns, 20 * one_ns);
  EXPECT_EQ(upkeep(p, chip, 2000).programming.cores, 1);
  p.tasks[1].core = 6;
  EXPECT_DOUBLE_EQ(upkeep(p, chip, 2000).drift_readout.time_ns, 10 * one_ns);
  EXPECT_EQ(upkeep(p, chip, 2000).programming.cores, 2);
}

}  // namespace
}  // namespace phasecore::run
