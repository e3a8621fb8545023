// The one public way into the simulator: a network, a chip, devices and data in; a report out.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "models/graph/network.hpp"
#include "sim/config/chip.hpp"
#include "sim/config/device.hpp"
#include "sim/run/chip_runner.hpp"
#include "sim/run/data.hpp"
#include "sim/run/report.hpp"

namespace phasecore::run {

enum class Engine { Chip, Analytic };

struct Options {
  Engine engine = Engine::Chip;
  std::uint64_t seed = 0;
  int workers = 1;
  bool functional = false;  ///< also carry values through the chip for `functional_images` images and compare
  int functional_images = 4;
  std::string trace_path;         ///< of a run on the SystemC chip (chip::RunOptions), "" for none
  bool extrapolate = true;        ///< chip::RunOptions
  int trace_images = 1;           ///< which that run has, back to back
  std::int64_t most_firings = 0;  ///< per image; a network that takes more is refused; 0: no limit
  std::function<void(const std::string&)> on_cost;  ///< told at the start what a long run will cost
  /// Told now and then how many firings of the SystemC chip have ended, of how many.
  std::function<void(std::size_t ended, std::size_t all)> on_firings;
  monte_carlo::Request accuracy;   ///< seed and workers are taken from above
  std::optional<Promise> promise;  ///< of the network's float accuracy
};

/// Simulates one network. `data` null: no accuracy (the report says so). Throws InputError when the network
/// cannot be executed, does not fit, or the data do not suit it; InternalError when an invariant breaks.
Report simulate(const graph::Network& network, const config::Chip& chip, const config::Device& device,
                const Data* data, const Options& options, ChipRunner& chips);

}  // namespace phasecore::run
