// Figures from the simulator, in steps of rising cost.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/data/dataset.hpp"
#include "models/graph/network.hpp"
#include "models/spaces/space.hpp"
#include "nas/evaluate/chip_figures.hpp"
#include "nas/evaluate/chips.hpp"
#include "nas/evaluate/evaluator.hpp"
#include "nas/evaluate/genotype.hpp"
#include "sim/analog/compensation.hpp"
#include "sim/config/device.hpp"

namespace phasecore::evaluate {

/// The trained network of a genotype of the space (batch norms folded or not): cut out of a supernet, or
/// trained. Structure as space.network(genes) has it. May throw InputError.
using Weights = std::function<graph::Network(const spaces::Genes&)>;

/// Images x programming instances.
struct Effort {
  int samples = 0, instances = 0;
};

/// The first images of the validation part, on the first programming, at these times.
struct Race {
  int samples = 0;  ///< a multiple of kRaceBlocks, no more than those of the step "monte-carlo"
  std::vector<double> times_s;
};

struct SimulationSettings {
  std::shared_ptr<const spaces::Space> space;
  Weights weights;
  /// The same network trained further; empty = there is no step "fine-tuned".
  Weights fine_tuned;
  config::Device device;
  analog::Compensation compensation = analog::Compensation::Gdc;
  std::uint64_t seed = 0;
  std::vector<double> times_s = {1, 86400, 2592000};  ///< avm_pp needs 1 s and 30 d
  Effort monte_carlo = {256, 2};                      ///< first images of the validation part
  std::optional<Race> race;                           ///< absent = no step "race"
  std::optional<Effort> confirm;                      ///< the next ones; absent = no step "confirmed"
  Effort final = {2000, 8};                           ///< first images of the test part
  /// accuracy@digital and accuracy@quantized in step "monte-carlo", too; "final" always has them.
  bool references = false;
  /// Parts of one data set. Ranges and AdaBS look at the calibration images alone.
  data::Dataset calibration, validation, test;
};

/// 0 "analytic":    cores, parameters, macs, latency_ns, interval_ns, energy_nj, energy_steady_nj, edp
///                  (energy_nj * latency_ns), area_mm2, by the closed forms: lower bounds
/// 1 "cycle":       latency, intervals and energies again, cycle by cycle
///   "race":        accuracy@T at the times of `race`, on images and a programming that "monte-carlo" sees,
///                  too, and its means over blocks of images (race_blocks.hpp), which are no figures of the
///                  step; only with `race`
/// 2 "monte-carlo": accuracy@T and .std at all times, avm_pp, on validation images
///   "confirmed":   the same on validation images and programmings that "monte-carlo" has not seen, so that
///                  who was lucky there is found out; only with an effort `confirm`
///   "final":       the same on test images
///   "fine-tuned":  accuracies of the weights `fine_tuned`, otherwise as "final"; only if there are such
///                  weights
///
/// Within a step programming instance i is the same draw for every candidate: figures of two candidates
/// differ by what they are, not by luck. "final" takes the instances of run::simulate(), from 0 on;
/// candidates must never be chosen by it.
/// The error of an accuracy counts images and instances (crossed.hpp).
/// Steps 0 and 1 need no trained weights and do not ask for them.
/// A network that needs more cores than there are fails in step 0 with the layer and the numbers; its cores,
/// parameters and macs are known all the same.
class SimulatedEvaluator : public Evaluator {
 public:
  /// Throws InputError for settings that cannot be met: too few images, data that do not suit the space.
  SimulatedEvaluator(SimulationSettings settings, Chips chips);
  ~SimulatedEvaluator() override;

  int steps() const override { return static_cast<int>(steps_.size()); }
  Fidelity fidelity(int step) const override;
  std::vector<std::string> figures(int step) const override;
  Outcome evaluate(const std::vector<int>& genes, int step) const override;

 private:
  class Prepared;

  /// Of "analytic" and "cycle".
  static std::optional<run::Engine> engine_of(Fidelity fidelity);
  /// The candidate with its weights, calibrated on its chip: half of what a small evaluation costs. What a
  /// race has prepared is there still when the same process goes on with it.
  std::shared_ptr<const Prepared> prepared(const Genotype& genotype, const config::Chip& chip,
                                           Fidelity fidelity) const;
  void race(Outcome& outcome, const Prepared& prepared) const;
  bool has_references(Fidelity fidelity) const;
  /// The accuracies of the others.
  void measure(Outcome& outcome, const Prepared& prepared, Fidelity fidelity) const;

  SimulationSettings settings_;
  Chips chips_;
  std::vector<Fidelity> steps_;
  ChipFigures chip_figures_;
  mutable std::map<std::vector<int>, std::shared_ptr<const Prepared>> raced_;
};

}  // namespace phasecore::evaluate
