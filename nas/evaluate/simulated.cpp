#include "nas/evaluate/simulated.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "common/units.hpp"
#include "nas/evaluate/crossed.hpp"
#include "nas/evaluate/fit.hpp"
#include "sim/accuracy/adabs.hpp"
#include "sim/accuracy/executor.hpp"
#include "sim/accuracy/layer_figures.hpp"
#include "sim/mapping/mapping.hpp"
#include "sim/run/simulate.hpp"

namespace phasecore::evaluate {
namespace {

constexpr double kSecond = 1, kMonth = 2592000;
/// Images whose float activations are held at once.
constexpr int kImagesAtOnce = 250;

enum Step { kAnalytic, kCycle, kMonteCarlo, kFinal, kFineTuned, kSteps };

std::string accuracy_at(double time_s) {
  return "accuracy@" + common::format_duration(time_s);
}

int position(const std::vector<double>& times, double time) {
  const auto found = std::find(times.begin(), times.end(), time);
  return found == times.end() ? -1 : static_cast<int>(found - times.begin());
}

void add_exact(Outcome& outcome, const std::string& name, double value) {
  outcome.figures[name] = {value, 0};
}

void add_totals(Outcome& outcome, const run::Report& report) {
  add_exact(outcome, "latency_ns", report.latency_ns);
  add_exact(outcome, "interval_ns", report.interval_ns);
  add_exact(outcome, "energy_nj", report.energy_nj);
  add_exact(outcome, "energy_steady_nj", report.energy_steady_nj);
  add_exact(outcome, "edp", report.energy_nj * report.latency_ns);
}

void check_effort(const Effort& effort, const data::Dataset& part, const char* name,
                  common::Diagnostics& diagnostics) {
  if (effort.samples < 1 || effort.instances < 1)
    diagnostics.add({}, fmt::format("{} needs at least one image and one instance", name));
  if (effort.samples > part.size())
    diagnostics.add({}, fmt::format("{} looks at {} images; the {} part of '{}' has {}", name, effort.samples,
                                    data::name_of(part.part), part.name, part.size()));
}

void check_part(const data::Dataset& part, const space::Space& space, common::Diagnostics& diagnostics) {
  if (part.shape != space.input())
    diagnostics.add(
        {}, fmt::format("data set '{}' has images of {}; the networks of space '{}' take {}", part.name,
                        graph::to_string(part.shape), space.kind(), graph::to_string(space.input())));
  else if (part.classes != space.classes())
    diagnostics.add({}, fmt::format("data set '{}' has {} classes; the networks of space '{}' have {}",
                                    part.name, part.classes, space.kind(), space.classes()));
}

/// Right or wrong of all instances on the first images of a part, per time.
class MonteCarlo {
 public:
  MonteCarlo(const SimulationSettings& settings, const graph::Network& network, const config::Chip& chip)
      : settings_(settings),
        network_(network),
        mapping_(mapping::map(network, chip)),
        calibration_images_(settings.calibration.batch(0, settings.calibration.size())),
        executor_(mapping_, chip, settings.device,
                  accuracy::calibrate(network, mapping_, chip, calibration_images_)) {
    if (settings.compensation == analog::Compensation::AdaBs)
      statistics_.emplace(network, executor_, calibration_images_);
  }

  std::vector<accuracy::Outcomes> run(const data::Dataset& part, const Effort& effort) const {
    const graph::Batch images = part.batch(0, effort.samples);
    std::vector<accuracy::Outcomes> outcomes(settings_.times_s.size(),
                                             {effort.instances, effort.samples, {}});
    for (int i = 0; i < effort.instances; ++i) {
      auto states = executor_.programmed(settings_.seed, i, settings_.times_s, settings_.compensation);
      for (std::size_t t = 0; t < states.size(); ++t) {
        if (statistics_) executor_.recalibrate(states[t], *statistics_);
        append(outcomes[t], executor_.logits(states[t], images, 0), part);
        states[t] = {};  // a large network's states of all times are tens of megabytes
      }
    }
    return outcomes;
  }

  accuracy::Outcomes quantised(const data::Dataset& part, int samples) const {
    accuracy::Outcomes outcomes{1, samples, {}};
    append(outcomes, executor_.logits(executor_.ideal(), part.batch(0, samples), 0), part);
    return outcomes;
  }

  accuracy::Outcomes exact(const data::Dataset& part, int samples) const {
    accuracy::Outcomes outcomes{1, samples, {}};
    for (int begin = 0; begin < samples; begin += kImagesAtOnce) {
      const graph::Batch images = part.batch(begin, std::min(begin + kImagesAtOnce, samples));
      const std::string right = accuracy::right(graph::infer(network_, images).front().values,
                                                part.labels.data() + begin, images.samples);
      outcomes.values.insert(outcomes.values.end(), right.begin(), right.end());
    }
    return outcomes;
  }

 private:
  static void append(accuracy::Outcomes& outcomes, const std::vector<float>& logits,
                     const data::Dataset& part) {
    const std::string right = accuracy::right(logits, part.labels.data(), outcomes.images);
    outcomes.values.insert(outcomes.values.end(), right.begin(), right.end());
  }

  const SimulationSettings& settings_;
  const graph::Network& network_;
  mapping::Mapping mapping_;
  graph::Batch calibration_images_;
  accuracy::Executor executor_;
  std::optional<accuracy::FloatStatistics> statistics_;
};

void add_accuracies(Outcome& outcome, const SimulationSettings& settings, const graph::Network& network,
                    const config::Chip& chip, const data::Dataset& part, const Effort& effort,
                    bool references) {
  const MonteCarlo monte_carlo(settings, network, chip);
  const auto points = monte_carlo.run(part, effort);
  for (std::size_t t = 0; t < points.size(); ++t) {
    const std::string name = accuracy_at(settings.times_s[t]);
    outcome.figures[name] = crossed_mean(points[t]);
    if (effort.instances > 1) outcome.figures[name + ".std"] = spread(points[t]);
  }
  const int second = position(settings.times_s, kSecond), month = position(settings.times_s, kMonth);
  if (second >= 0 && month >= 0) {
    accuracy::Outcomes lost = points[second];
    for (std::size_t n = 0; n < lost.values.size(); ++n)
      lost.values[n] = static_cast<std::int8_t>(lost.values[n] - points[month].values[n]);
    outcome.figures["avm_pp"] = crossed_mean(lost, 100);
  }
  if (!references) return;
  outcome.figures["accuracy@digital"] = crossed_mean(monte_carlo.exact(part, effort.samples));
  outcome.figures["accuracy@quantized"] = crossed_mean(monte_carlo.quantised(part, effort.samples));
}

}  // namespace

SimulatedEvaluator::SimulatedEvaluator(SimulationSettings settings, Chips chips)
    : settings_(std::move(settings)), chips_(std::move(chips)) {
  common::ensure(settings_.space != nullptr && settings_.weights, "evaluate: a space and weights are needed");
  common::Diagnostics diagnostics;
  const auto& times = settings_.times_s;
  if (times.empty()) diagnostics.add({}, "no times are given; expected a list such as 1s, 1d, 30d");
  for (std::size_t t = 0; t < times.size(); ++t)
    if (!(times[t] > 0) || position(times, times[t]) != static_cast<int>(t))
      diagnostics.add({}, "the time '" + common::format_duration(times[t]) +
                              "' is given twice, or is not after programming");
  if (settings_.calibration.size() == 0) diagnostics.add({}, "there are no calibration images");
  for (const data::Dataset* part : {&settings_.calibration, &settings_.validation, &settings_.test})
    check_part(*part, *settings_.space, diagnostics);
  check_effort(settings_.monte_carlo, settings_.validation, "monte_carlo", diagnostics);
  check_effort(settings_.final, settings_.test, "final", diagnostics);
  diagnostics.raise_if_any();
}

SimulatedEvaluator::~SimulatedEvaluator() = default;

std::string SimulatedEvaluator::step_name(int step) const {
  static const char* const kNames[kSteps] = {"analytic", "cycle", "monte-carlo", "final", "fine-tuned"};
  return kNames[step];
}

std::vector<std::string> SimulatedEvaluator::figures(int step) const {
  std::vector<std::string> names;
  if (step == kAnalytic) names = {"cores", "parameters", "macs", "area_mm2"};
  if (step == kAnalytic || step == kCycle) {
    for (const char* name : {"latency_ns", "interval_ns", "energy_nj", "energy_steady_nj", "edp"})
      names.emplace_back(name);
    return names;
  }
  const int instances = (step == kMonteCarlo ? settings_.monte_carlo : settings_.final).instances;
  for (const double time : settings_.times_s) {
    names.push_back(accuracy_at(time));
    if (instances > 1) names.push_back(accuracy_at(time) + ".std");
  }
  if (position(settings_.times_s, kSecond) >= 0 && position(settings_.times_s, kMonth) >= 0)
    names.emplace_back("avm_pp");
  if (step != kMonteCarlo || settings_.references) {
    names.emplace_back("accuracy@digital");
    names.emplace_back("accuracy@quantized");
  }
  return names;
}

run::ChipRunner& SimulatedEvaluator::chip_runner() const {
  if (runner_ != nullptr && runner_owner_ != ::getpid()) {
    // Inherited by a fork: it belongs to the process that made it, and so do its descriptors.
    (void)runner_.release();
  }
  if (runner_ == nullptr) {
    runner_ = std::make_unique<run::ChipRunner>();
    runner_owner_ = ::getpid();
  }
  return *runner_;
}

void SimulatedEvaluator::time(Outcome& outcome, const space::Genes& genes, const config::Chip& chip,
                              int step) const {
  const graph::Network network = settings_.space->network(genes, 0);  // time does not depend on weights
  if (step == kAnalytic) {
    const space::Cost cost = settings_.space->cost(genes);
    add_exact(outcome, "parameters", static_cast<double>(cost.parameters));
    add_exact(outcome, "macs", static_cast<double>(cost.macs));
    const Fit fits = fit(network, chip);
    add_exact(outcome, "cores", fits.cores);
    outcome.failure = fits.refusal;
    if (!outcome.failure.empty()) return;
  }
  run::Options options;
  options.engine = step == kAnalytic ? run::Engine::Analytic : run::Engine::Chip;
  options.seed = settings_.seed;
  const run::Report report = run::simulate(network, chip, settings_.device, nullptr, options, chip_runner());
  add_totals(outcome, report);
  if (step == kAnalytic && report.area_mm2) add_exact(outcome, "area_mm2", *report.area_mm2);
}

Outcome SimulatedEvaluator::evaluate(const std::vector<int>& genes, int step) const {
  common::ensure(step >= 0 && step < steps(), "evaluate: there is no such step");
  const std::size_t own = settings_.space->genes().size();
  common::ensure(genes.size() == own + chips_.genes().size(), "evaluate: another number of genes");
  const auto first_of_chip = genes.begin() + static_cast<std::ptrdiff_t>(own);
  const space::Genes of_space(genes.begin(), first_of_chip);
  Outcome outcome;
  outcome.failure = settings_.space->refusal(of_space);
  if (!outcome.failure.empty()) return outcome;
  try {
    const config::Chip& chip = chips_.chip({first_of_chip, genes.end()});
    if (step == kAnalytic || step == kCycle) {
      time(outcome, of_space, chip, step);
    } else {
      const graph::Network network =
          step == kFineTuned ? settings_.fine_tuned(of_space) : settings_.weights(of_space);
      if (step != kMonteCarlo)
        add_accuracies(outcome, settings_, network, chip, settings_.test, settings_.final, true);
      else
        add_accuracies(outcome, settings_, network, chip, settings_.validation, settings_.monte_carlo,
                       settings_.references);
    }
  } catch (const common::InputError& e) {
    outcome.failure = on_one_line(e);
  }
  return outcome;
}

}  // namespace phasecore::evaluate
