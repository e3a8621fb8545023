#include "tests/sim/run/on_chip.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "models/graph/fold.hpp"
#include "models/graph/infer.hpp"
#include "sim/analytic/analytic.hpp"
#include "sim/run/account.hpp"
#include "sim/run/bounds.hpp"
#include "sim/run/chip_runner.hpp"
#include "sim/run/functional.hpp"

namespace phasecore::test {

OnChip::OnChip(graph::Network n, config::Chip c, int calibration_images)
    : network(std::move(n)),
      chip(std::move(c)),
      data(toy_data(network, calibration_images, 3)),
      map(mapping::map(graph::fold(network), chip)),
      built(mapping::build_program(map, chip)),
      platform(fabric::make(chip)->platform()),
      calibration(numerics::calibrate(graph::fold(network), map, chip, data.batch(0, calibration_images))) {
  platform.units = built.units;
}

double OnChip::error() const {
  config::Chip ideal = chip;
  idealise(ideal);
  const mapping::Mapping mapped = mapping::map(graph::fold(network), ideal);
  const graph::Batch images = data.batch(0, 8);
  const numerics::Executor executor(
      mapped, ideal, perfect_device(),
      numerics::calibrate(graph::fold(network), mapped, ideal, data.batch(0, data.size())));
  const std::vector<float> is = executor.logits(executor.ideal(), images, 0);
  const std::vector<float> wanted = graph::infer(network, images).at(0).values;
  double square = 0, of = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    square += std::pow(is.at(i) - wanted[i], 2.0);
    of += std::pow(wanted[i], 2.0);
  }
  return std::sqrt(square / of);
}

void OnChip::expect_equal_values() const {
  const numerics::Executor executor(map, chip, config::load_device("hermes-2"), calibration);
  const numerics::State state = executor.programmed(7, 0, {86400}, analog::Compensation::Gdc).front();
  run::ChipRunner chips;
  EXPECT_NO_THROW(run::check_functional(executor, state, built, platform, data.batch(0, 2), chips));
}

void OnChip::expect_equal_books() const {
  constexpr int kImages = 3;
  const program::Program& program = built.program;
  const program::Activity on_paper = analytic::run(program, platform, kImages);
  run::ChipRunner chips;
  const program::Activity run = chips.run(platform, program, kImages);
  EXPECT_NO_THROW(run::check_bounds(run, on_paper, analytic::interval_bound(program, platform)));
  std::vector<std::int64_t> macs(program.layers.size(), 0);
  for (std::size_t s = 0; s < map.stages.size(); ++s) macs[s] = map.stages[s].macs;
  for (const auto* activity : {&on_paper, &run})
    EXPECT_EQ(run::count_macs(program, *activity, kImages, macs), macs);
}

const mapping::Stage& OnChip::stage(const std::string& name) const {
  for (const mapping::Stage& stage : map.stages)
    if (stage.name == name) return stage;
  ADD_FAILURE() << "no stage '" << name << "'";
  return map.stages.front();
}

std::vector<const program::Task*> OnChip::tasks(const std::string& name) const {
  std::vector<const program::Task*> tasks;
  for (const program::Task& task : built.program.tasks)
    if (built.program.layers[task.layer] == name) tasks.push_back(&task);
  return tasks;
}

std::vector<config::Chip> chips_to_try() {
  config::Chip narrow = toy_chip(64);
  narrow.crossbar.columns = 8;
  return {toy_chip(64), config::load_chip("hermes"), narrow};
}

mapping::TokenReads in_raster(const mapping::Stage& stage, int input) {
  return mapping::token_reads({mapping::raster_of(stage.inputs.at(input).shape)}, 0, stage.reads(input),
                              false);
}

}  // namespace phasecore::test
