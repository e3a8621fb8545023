// Times and energies of a candidate on its chip: what needs no trained weights. Inside nas/evaluate only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "models/spaces/space.hpp"
#include "nas/evaluate/evaluator.hpp"
#include "nas/evaluate/own_chip_runner.hpp"
#include "sim/config/chip.hpp"
#include "sim/config/device.hpp"
#include "sim/run/simulate.hpp"

namespace phasecore::evaluate {

class ChipFigures {
 public:
  ChipFigures(std::shared_ptr<const spaces::Space> space, config::Device device, std::uint64_t seed);

  /// Names of the figures: of the analytic engine cores, cores_used, parameters, macs, area_mm2, too.
  static std::vector<std::string> names(run::Engine engine);

  /// Adds them. The analytic engine's are lower bounds, and it says whether the network fits: one that needs
  /// more cores than there are has a failure, but its cores, parameters and macs are known all the same.
  /// Throws InputError for a network that the chip cannot execute.
  void add(Outcome& outcome, const spaces::Genes& genes, const config::Chip& chip, run::Engine engine) const;

 private:
  std::shared_ptr<const spaces::Space> space_;
  config::Device device_;
  std::uint64_t seed_;
  mutable OwnChipRunner chips_of_process_;  ///< forked when a chip is first needed
};

}  // namespace phasecore::evaluate
