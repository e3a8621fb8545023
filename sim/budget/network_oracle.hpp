// A network on a chip as choose() asks about it: costs by the mapping compiler and the analytic engine,
// losses by the Monte Carlo.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "models/graph/network.hpp"
#include "sim/budget/choose.hpp"
#include "sim/config/chip.hpp"
#include "sim/config/device.hpp"
#include "sim/run/simulate.hpp"

namespace phasecore::budget {

/// What an assignment costs: one of the figures that searches know by the same name.
struct Figure {
  const char* name;     ///< "interval_ns"
  const char* meaning;  ///< "between images in steady state"
  double (*of)(const run::Report& report);
};
const std::vector<Figure>& figures();
/// Throws InputError naming them.
const Figure& figure(const std::string& name);
/// What a mapping objective aims at: interval_ns, latency_ns, energy_steady_nj or cores_used.
const Figure& figure_of(config::Objective objective);

/// A convolution or Gemm that may be computed either way.
struct Layer {
  std::string name, op;
  long long macs = 0;  ///< per image
};

/// What to look at a network by.
struct Question {
  const graph::Network& network;
  config::Chip chip;  ///< layers that it says are digital, or not, stay so
  config::Device device;
  const run::Data& data;  ///< `test`: the images to choose by
  Budget budget;
  const Figure* cost = nullptr;
  /// Digital layers are shared out to so many cores, the first ones, by multiply-accumulates; none: each has
  /// a core of its own, wherever the compiler puts it.
  std::optional<int> digital_cores;
  /// Seed, workers and what the Monte Carlo is to do; its times are the budget's.
  run::Options options;
};

class NetworkOracle {
 public:
  /// Throws InputError: the chip has no unit for digital layers, or none of the layers may be chosen.
  NetworkOracle(Question question, run::ChipRunner& chips);

  const std::vector<Layer>& layers() const { return layers_; }
  /// The chip whose `layers` say what an assignment is.
  config::Chip chip(const Assignment& digital) const;
  /// Times and energies, without accuracy. Throws InputError where the chip cannot have it.
  run::Report timing(const Assignment& digital) const;
  std::vector<std::optional<Cost>> costs(const std::vector<Assignment>& digital) const;
  /// Which images of `data` the network is right about with all layers digital (where the chip cannot have
  /// that: with crossbars that make no error). Throws as run::simulate().
  std::string reference(const run::Data& data) const;
  /// The Monte Carlo on the images of `data`, programmed by `seed`. Throws as run::simulate().
  run::Report measured(const Assignment& digital, const run::Data& data, const std::string& reference,
                       std::uint64_t seed) const;
  /// On the images to choose by.
  Shortfall shortfall(const Assignment& digital);
  /// What each layer loses alone in its crossbars, all others computed without error: as mapped with all of
  /// them analog, one-to-one where they do not fit. Throws as run::simulate().
  std::vector<monte_carlo::LayerDegradation> alone(int images, int instances) const;

 private:
  Question question_;
  run::ChipRunner& chips_;
  std::vector<Layer> layers_;
  std::string reference_;  ///< of the images to choose by, once it is needed
};

}  // namespace phasecore::budget
