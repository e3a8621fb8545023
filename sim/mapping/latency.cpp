#include "sim/mapping/latency.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace phasecore::mapping {
namespace {

using common::Picoseconds;

/// Steps of replicas that are tried of one option: one more, and so many as halve its time.
std::vector<int> more_replicas(const Option& option, int now) {
  if (option.given_replicas > 0) return {};
  std::vector<int> steps;
  for (const int next : {now + 1, now + 2, 2 * now})
    if (next <= option.most_replicas && (steps.empty() || next > steps.back())) steps.push_back(next);
  return steps;
}

/// Times of one image, and of all stages together.
struct Times {
  double latency = 0, busy = 0;
};

/// The slowest stage of each wave, one after the other.
Times times_of_waves(const LayerOptions& layers, const std::vector<Choice>& choices,
                     const std::vector<Sources>& sources) {
  std::vector<std::size_t> wave;
  std::vector<double> longest;
  Times all;
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const Option& option = layers[l][choices[l].option];
    const auto time = static_cast<double>(option.interval_ps(choices[l].replicas) + option.rest_ps);
    wave.push_back(0);
    for (const int from : sources[l]) wave[l] = std::max(wave[l], wave[from] + 1);
    longest.resize(std::max(longest.size(), wave[l] + 1));
    longest[wave[l]] = std::max(longest[wave[l]], time);
    all.busy += time;
  }
  for (const double time : longest) all.latency += time;
  return all;
}

Times times(const LayerOptions& layers, const std::vector<Choice>& choices,
            const std::vector<Sources>& sources, Following following) {
  if (following == Following::Waves) return times_of_waves(layers, choices, sources);
  std::vector<double> start(layers.size(), 0), end(layers.size(), 0);
  Times all;
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const Option& option = layers[l][choices[l].option];
    const auto busy = static_cast<double>(option.interval_ps(choices[l].replicas));
    double complete = 0;
    for (std::size_t i = 0; i < sources[l].size(); ++i) {
      const int from = sources[l][i];
      complete = std::max(complete, end[from]);
      if (i > 0) continue;
      const int together = layers[from][choices[from].option].pace.token_rows;
      const int rows = ceil_div(option.pace.first_rows, together) * together;
      const double progress = std::min(static_cast<double>(rows) / option.pace.in_rows, 1.0);
      start[l] = start[from] + (end[from] - start[from]) * progress;
    }
    end[l] =
        std::max(start[l] + busy, complete + busy * option.pace.behind) + static_cast<double>(option.rest_ps);
    all.busy += busy;
    all.latency = std::max(all.latency, end[l]);
  }
  return all;
}

}  // namespace

std::vector<Sources> sources_of(const std::vector<Stage>& stages) {
  std::vector<Sources> all;
  for (const Stage& stage : stages) {
    Sources sources;
    for (const StageInput& input : stage.inputs)
      for (const ChannelPart& part : parts_of(input))
        if (part.stage != kNetworkInput) sources.push_back(part.stage);
    all.push_back(std::move(sources));
  }
  return all;
}

Picoseconds latency_ps(const LayerOptions& layers, const std::vector<Choice>& choices,
                       const std::vector<Sources>& sources, Following following) {
  return static_cast<Picoseconds>(times(layers, choices, sources, following).latency);
}

namespace {

/// Another option of a layer, or more replicas of the one that it has.
std::vector<Choice> other_choices(const std::vector<Option>& options, const Choice& now) {
  std::vector<Choice> others;
  for (int o = 0; o < static_cast<int>(options.size()); ++o) {
    if (o == now.option) {
      for (const int replicas : more_replicas(options[o], now.replicas)) others.push_back({o, replicas});
      continue;
    }
    others.push_back({o, std::max(options[o].given_replicas, 1)});
    if (now.replicas <= options[o].most_replicas) others.push_back({o, now.replicas});
  }
  return others;
}

/// Takes the step that saves most time per core until none fits or helps.
class Climb {
 public:
  Climb(const LayerOptions& layers, const std::vector<Sources>& sources, int cores, Following following)
      : layers_(layers), sources_(sources), cores_(cores), following_(following) {}

  Allocation from(const Allocation& start) {
    choices_ = start.layers;
    used_ = start.cores;
    while (const auto step = best_step()) {
      used_ += more_cores(*step);
      choices_[step->layer] = step->choice;
    }
    return summed(layers_, std::move(choices_));
  }

 private:
  struct Step {
    std::size_t layer = 0;
    Choice choice;
  };

  int more_cores(const Step& step) const {
    const auto cores_of = [&](const Choice& choice) {
      return layers_[step.layer][choice.option].cores_of(choice.replicas);
    };
    return cores_of(step.choice) - cores_of(choices_[step.layer]);
  }

  /// Where several stages set the pace together, no single step helps until all have been sped up: busy times
  /// count a little.
  double measure() const {
    constexpr double kBusyShare = 0.02;
    const Times t = times(layers_, choices_, sources_, following_);
    return t.latency + kBusyShare * t.busy;
  }

  double measure_with(const Step& step) {
    const Choice before = std::exchange(choices_[step.layer], step.choice);
    const double time = measure();
    choices_[step.layer] = before;
    return time;
  }

  std::vector<Step> steps() const {
    std::vector<Step> steps;
    for (std::size_t l = 0; l < layers_.size(); ++l)
      for (const Choice& choice : other_choices(layers_[l], choices_[l])) steps.push_back({l, choice});
    return steps;
  }

  std::optional<Step> best_step() {
    constexpr double kNothing = 0.1;  // cores: what costs none comes first
    const double now = measure();
    std::optional<Step> best;
    double most = 0;  // time saved per core
    for (const Step& step : steps()) {
      const int more = more_cores(step);
      if (more < 0 || used_ + more > cores_) continue;
      const double gain = (now - measure_with(step)) / std::max(static_cast<double>(more), kNothing);
      if (gain <= most) continue;
      most = gain;
      best = step;
    }
    return best;
  }

  const LayerOptions& layers_;
  const std::vector<Sources>& sources_;
  const int cores_;
  const Following following_;
  std::vector<Choice> choices_;
  int used_ = 0;
};

}  // namespace

std::optional<Allocation> least_latency(const LayerOptions& layers, int cores,
                                        const std::vector<Sources>& sources, Picoseconds limit,
                                        Following following) {
  const auto fastest = least_interval(layers, cores);
  if (!fastest || fastest->interval_ps > limit) return std::nullopt;
  // From the fewest cores for an interval on, a grid of intervals: each leaves other cores to spend.
  constexpr double kStep = 1.1;
  const auto slowest = fewest_cores(layers, std::numeric_limits<Picoseconds>::max() / 4);
  const Picoseconds last = std::min(slowest->interval_ps, limit);
  Climb climb(layers, sources, cores, following);
  std::optional<Allocation> best;
  Picoseconds least = 0;
  for (Picoseconds interval = fastest->interval_ps;;
       interval = static_cast<Picoseconds>(static_cast<double>(interval) * kStep) + 1) {
    const auto from = fewest_cores(layers, std::min(interval, last));
    Allocation found = climb.from(*from);
    if (found.interval_ps > limit) found = *from;
    const Picoseconds latency = latency_ps(layers, found.layers, sources, following);
    if (!best || latency < least) {
      best = std::move(found);
      least = latency;
    }
    if (interval >= last) return best;
  }
}

}  // namespace phasecore::mapping
