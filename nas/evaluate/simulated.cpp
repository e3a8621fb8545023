#include "nas/evaluate/simulated.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "common/units.hpp"
#include "models/graph/fold.hpp"
#include "nas/evaluate/crossed.hpp"
#include "nas/evaluate/genotype.hpp"
#include "nas/evaluate/race_blocks.hpp"
#include "nas/figures/names.hpp"
#include "sim/mapping/mapping.hpp"
#include "sim/monte_carlo/answers.hpp"
#include "sim/numerics/adabs.hpp"
#include "sim/numerics/executor.hpp"

namespace phasecore::evaluate {
namespace {

using figures::accuracy_at;

constexpr double kSecond = 1, kMonth = 2592000;
/// Images whose float activations are held at once.
constexpr int kImagesAtOnce = 250;
/// Candidates that a process has raced and keeps.
constexpr std::size_t kMostRaced = 32;

/// What an accuracy is measured on: images of a part, programming instances.
struct Sample {
  const data::Dataset& part;
  Effort effort;
  Effort first = {0, 0};  ///< image and instance to begin with
};

int position(const std::vector<double>& times, double time) {
  const auto found = std::find(times.begin(), times.end(), time);
  return found == times.end() ? -1 : static_cast<int>(found - times.begin());
}

void check_sample(const Sample& sample, const char* name, common::Diagnostics& diagnostics) {
  if (sample.effort.samples < 1 || sample.effort.instances < 1)
    diagnostics.add({}, fmt::format("{} needs at least one image and one instance", name));
  if (sample.first.samples + sample.effort.samples > sample.part.size())
    diagnostics.add(
        {},
        fmt::format("{} looks at {} images{}; the {} part of '{}' has {}", name, sample.effort.samples,
                    sample.first.samples == 0 ? "" : fmt::format(" after the first {}", sample.first.samples),
                    data::name_of(sample.part.part), sample.part.name, sample.part.size()));
}

Sample confirming(const SimulationSettings& settings) {
  return {settings.validation, *settings.confirm, settings.monte_carlo};
}

void check_part(const data::Dataset& part, const spaces::Space& space, common::Diagnostics& diagnostics) {
  if (part.shape != space.input())
    diagnostics.add(
        {}, fmt::format("data set '{}' has images of {}; the networks of space '{}' take {}", part.name,
                        graph::to_string(part.shape), space.kind(), graph::to_string(space.input())));
  else if (part.classes != space.classes())
    diagnostics.add({}, fmt::format("data set '{}' has {} classes; the networks of space '{}' have {}",
                                    part.name, part.classes, space.kind(), space.classes()));
}

}  // namespace

/// Right or wrong of all instances on images of a part, per time.
class SimulatedEvaluator::Prepared {
 public:
  Prepared(const SimulationSettings& settings, const graph::Network& network, const config::Chip& chip)
      : settings_(settings),
        network_(graph::fold(network)),
        mapping_(mapping::map(network_, chip)),
        calibration_images_(settings.calibration.batch(0, settings.calibration.size())),
        executor_(mapping_, chip, settings.device,
                  numerics::calibrate(network_, mapping_, chip, calibration_images_)) {
    if (settings.compensation == analog::Compensation::AdaBs)
      statistics_.emplace(network_, executor_, calibration_images_);
    else
      calibration_images_ = {};
  }

  std::vector<monte_carlo::Outcomes> run(const Sample& sample, const std::vector<double>& times_s) const {
    const auto& [part, effort, first] = sample;
    const graph::Batch images = part.batch(first.samples, first.samples + effort.samples);
    std::vector<monte_carlo::Outcomes> outcomes(times_s.size(), {effort.instances, effort.samples, {}});
    for (int i = first.instances; i < first.instances + effort.instances; ++i) {
      auto states = executor_.programmed(settings_.seed, i, times_s, settings_.compensation);
      for (numerics::State& state : states)
        if (statistics_) executor_.recalibrate(state, *statistics_);
      const auto logits = executor_.logits(states, images, first.samples);
      for (std::size_t t = 0; t < states.size(); ++t) append(outcomes[t], logits[t], sample);
    }
    return outcomes;
  }

  monte_carlo::Outcomes quantised(const Sample& sample) const {
    const int begin = sample.first.samples;
    monte_carlo::Outcomes outcomes{1, sample.effort.samples, {}};
    const graph::Batch images = sample.part.batch(begin, begin + outcomes.images);
    append(outcomes, executor_.logits(executor_.ideal(), images, begin), sample);
    return outcomes;
  }

  monte_carlo::Outcomes exact(const Sample& sample) const {
    monte_carlo::Outcomes outcomes{1, sample.effort.samples, {}};
    const int end = sample.first.samples + sample.effort.samples;
    for (int begin = sample.first.samples; begin < end; begin += kImagesAtOnce) {
      const graph::Batch images = sample.part.batch(begin, std::min(begin + kImagesAtOnce, end));
      const std::string right =
          monte_carlo::correct_answers(graph::infer(network_.unfolded(), images).front().values,
                                       sample.part.labels.data() + begin, images.samples);
      outcomes.values.insert(outcomes.values.end(), right.begin(), right.end());
    }
    return outcomes;
  }

 private:
  static void append(monte_carlo::Outcomes& outcomes, const std::vector<float>& logits,
                     const Sample& sample) {
    const std::string right = monte_carlo::correct_answers(
        logits, sample.part.labels.data() + sample.first.samples, outcomes.images);
    outcomes.values.insert(outcomes.values.end(), right.begin(), right.end());
  }

  const SimulationSettings& settings_;
  const graph::FoldedNetwork network_;
  mapping::Mapping mapping_;
  graph::Batch calibration_images_;
  numerics::Executor executor_;
  std::optional<numerics::FloatStatistics> statistics_;
};

SimulatedEvaluator::SimulatedEvaluator(SimulationSettings settings, Chips chips)
    : settings_(std::move(settings)),
      chips_(std::move(chips)),
      chip_figures_(settings_.space, settings_.device, settings_.seed) {
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
  check_sample({settings_.validation, settings_.monte_carlo}, "monte_carlo", diagnostics);
  if (settings_.confirm)
    check_sample(confirming(settings_), "confirm (0 images: nothing is confirmed)", diagnostics);
  check_sample({settings_.test, settings_.final}, "final", diagnostics);
  diagnostics.raise_if_any();
  steps_ = {Fidelity::Analytic, Fidelity::Cycle};
  if (settings_.race) steps_.push_back(Fidelity::Race);
  steps_.push_back(Fidelity::MonteCarlo);
  if (settings_.confirm) steps_.push_back(Fidelity::Confirmed);
  steps_.push_back(Fidelity::Final);
  if (settings_.fine_tuned) steps_.push_back(Fidelity::FineTuned);
}

SimulatedEvaluator::~SimulatedEvaluator() = default;

std::optional<run::Engine> SimulatedEvaluator::engine_of(Fidelity fidelity) {
  if (fidelity == Fidelity::Analytic) return run::Engine::Analytic;
  if (fidelity == Fidelity::Cycle) return run::Engine::Chip;
  return std::nullopt;
}

Fidelity SimulatedEvaluator::fidelity(int step) const {
  return steps_.at(step);
}

std::vector<std::string> SimulatedEvaluator::figures(int number) const {
  const Fidelity step = steps_.at(number);
  std::vector<std::string> names;
  if (const auto engine = engine_of(step)) return ChipFigures::names(*engine);
  if (step == Fidelity::Race) {
    for (const double time : settings_.race->times_s) names.push_back(accuracy_at(time));
    return names;
  }
  const Effort effort = step == Fidelity::MonteCarlo  ? settings_.monte_carlo
                        : step == Fidelity::Confirmed ? *settings_.confirm
                                                      : settings_.final;
  for (const double time : settings_.times_s) {
    names.push_back(accuracy_at(time));
    if (effort.instances > 1) names.push_back(accuracy_at(time) + ".std");
  }
  if (position(settings_.times_s, kSecond) >= 0 && position(settings_.times_s, kMonth) >= 0)
    names.emplace_back("avm_pp");
  if (has_references(step)) {
    names.emplace_back("accuracy@digital");
    names.emplace_back("accuracy@quantized");
  }
  return names;
}

std::shared_ptr<const SimulatedEvaluator::Prepared> SimulatedEvaluator::prepared(const Genotype& genotype,
                                                                                 const config::Chip& chip,
                                                                                 Fidelity fidelity) const {
  const std::vector<int> genes = joint(genotype);
  if (fidelity == Fidelity::MonteCarlo)
    if (const auto raced = raced_.extract(genes)) return raced.mapped();
  const graph::Network network = fidelity == Fidelity::FineTuned ? settings_.fine_tuned(genotype.network)
                                                                 : settings_.weights(genotype.network);
  auto made = std::make_shared<const Prepared>(settings_, network, chip);
  if (fidelity == Fidelity::Race) {
    if (raced_.size() == kMostRaced) raced_.clear();
    raced_[genes] = made;
  }
  return made;
}

void SimulatedEvaluator::race(Outcome& outcome, const Prepared& prepared) const {
  const Race& race = *settings_.race;
  const auto points = prepared.run({settings_.validation, {race.samples, 1}}, race.times_s);
  for (std::size_t t = 0; t < points.size(); ++t) {
    const std::string name = accuracy_at(race.times_s[t]);
    outcome.figures[name] = crossed_mean(points[t]);
    add_blocks(outcome.figures, name, points[t]);
  }
}

void SimulatedEvaluator::measure(Outcome& outcome, const Prepared& prepared, Fidelity fidelity) const {
  const Sample sample = fidelity == Fidelity::MonteCarlo ? Sample{settings_.validation, settings_.monte_carlo}
                        : fidelity == Fidelity::Confirmed ? confirming(settings_)
                                                          : Sample{settings_.test, settings_.final};
  const auto points = prepared.run(sample, settings_.times_s);
  for (std::size_t t = 0; t < points.size(); ++t) {
    const std::string name = accuracy_at(settings_.times_s[t]);
    outcome.figures[name] = crossed_mean(points[t]);
    if (sample.effort.instances > 1) outcome.figures[name + ".std"] = spread(points[t]);
  }
  const int second = position(settings_.times_s, kSecond), month = position(settings_.times_s, kMonth);
  if (second >= 0 && month >= 0) {
    monte_carlo::Outcomes lost = points[second];
    for (std::size_t n = 0; n < lost.values.size(); ++n)
      lost.values[n] = static_cast<std::int8_t>(lost.values[n] - points[month].values[n]);
    outcome.figures["avm_pp"] = crossed_mean(lost, 100);
  }
  if (!has_references(fidelity)) return;
  outcome.figures["accuracy@digital"] = crossed_mean(prepared.exact(sample));
  outcome.figures["accuracy@quantized"] = crossed_mean(prepared.quantised(sample));
}

bool SimulatedEvaluator::has_references(Fidelity fidelity) const {
  return settings_.references || fidelity == Fidelity::Final || fidelity == Fidelity::FineTuned;
}

Outcome SimulatedEvaluator::evaluate(const std::vector<int>& genes, int step) const {
  common::ensure(step >= 0 && step < steps(), "evaluate: there is no such step");
  const Genotype genotype = parts(genes, *settings_.space);
  Outcome outcome;
  outcome.failure = settings_.space->refusal(genotype.network);
  if (!outcome.failure.empty()) return outcome;
  try {
    const config::Chip& chip = chips_.chip(genotype.chip);
    if (const auto engine = engine_of(steps_[step]))
      chip_figures_.add(outcome, genotype.network, chip, *engine);
    else if (const auto prepared_one = prepared(genotype, chip, steps_[step]); steps_[step] == Fidelity::Race)
      race(outcome, *prepared_one);
    else
      measure(outcome, *prepared_one, steps_[step]);
  } catch (const common::InputError& e) {
    outcome.failure = on_one_line(e);
  }
  return outcome;
}

}  // namespace phasecore::evaluate
