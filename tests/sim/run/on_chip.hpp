// A network on a chip in all the ways in which the program computes it, for tests.
#pragma once

#include <vector>

#include "sim/fabric/fabric.hpp"
#include "sim/mapping/build_program.hpp"
#include "sim/mapping/tokens.hpp"
#include "sim/numerics/executor.hpp"
#include "sim/program/program.hpp"
#include "tests/sim/numerics/toy.hpp"

namespace phasecore::test {

struct OnChip {
  OnChip(graph::Network n, config::Chip c, int calibration_images = 16);

  /// How far the logits of a chip of ideal numbers are from the float network's: root mean square over 8
  /// images, relative to the logits'.
  double error() const;
  /// The executor (as the Monte Carlo uses it) and the chip that carries values compute the same bytes.
  void expect_equal_values() const;
  /// The cycle-level chip is never faster than the closed form, both do every MAC, and neither waits forever.
  void expect_equal_books() const;
  /// The stage called `name`; fails the test if there is none.
  const mapping::Stage& stage(const std::string& name) const;
  /// Tasks of the stage called `name`.
  std::vector<const program::Task*> tasks(const std::string& name) const;

  graph::Network network;
  config::Chip chip;
  data::Dataset data;
  mapping::Mapping map;
  mapping::BuiltProgram built;
  program::Platform platform;
  numerics::Calibration calibration;
};

/// With memory and a mesh; over dedicated links with the host between the layers; with columns cut.
std::vector<config::Chip> chips_to_try();

/// What the firings of a stage wait for, if the pixels of an input come row by row.
mapping::TokenReads in_raster(const mapping::Stage& stage, int input);

}  // namespace phasecore::test
