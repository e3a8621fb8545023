#include "sim/mapping/latency.hpp"

#include <algorithm>
#include <limits>

namespace phasecore::mapping {
namespace {

using common::Picoseconds;

/// Steps of replicas that are tried of one option: one more, and so many as halve its time.
std::vector<int> more_replicas(const Option& option, int now) {
  if (option.digital || option.given_replicas > 0) return {};
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

struct Step {
  std::size_t layer = 0;
  Choice choice;
  double gain = 0;  ///< time saved per core
};

int cores_of(const LayerOptions& layers, std::size_t layer, const Choice& choice) {
  return layers[layer][choice.option].cores_of(choice.replicas);
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
Allocation climb(const LayerOptions& layers, const Allocation& from, int cores,
                 const std::vector<Sources>& sources, Following following) {
  std::vector<Choice> choices = from.layers;
  int used = from.cores;
  // Where several stages set the pace together, no single step helps until all have been sped up: busy times
  // count a little.
  constexpr double kBusyShare = 0.02;
  const auto measure = [&] {
    const Times t = times(layers, choices, sources, following);
    return t.latency + kBusyShare * t.busy;
  };
  while (true) {
    const double now = measure();
    std::optional<Step> taken;
    const auto consider = [&](std::size_t l, const Choice& choice) {
      const int more = cores_of(layers, l, choice) - cores_of(layers, l, choices[l]);
      if (more < 0 || used + more > cores) return;
      const Choice before = choices[l];
      choices[l] = choice;
      const double saved = now - measure();
      choices[l] = before;
      // What costs nothing comes first.
      const double gain = saved / std::max(static_cast<double>(more), 0.1);
      if (saved > 0 && (!taken || gain > taken->gain)) taken = Step{l, choice, gain};
    };
    for (std::size_t l = 0; l < layers.size(); ++l)
      for (const Choice& choice : other_choices(layers[l], choices[l])) consider(l, choice);
    if (!taken) break;
    used +=
        cores_of(layers, taken->layer, taken->choice) - cores_of(layers, taken->layer, choices[taken->layer]);
    choices[taken->layer] = taken->choice;
  }
  return summed(layers, std::move(choices));
}

}  // namespace

std::optional<Allocation> least_latency(const LayerOptions& layers, int cores,
                                        const std::vector<Sources>& sources, Following following) {
  const auto fastest = least_interval(layers, cores);
  if (!fastest) return std::nullopt;
  // From the fewest cores for an interval on, a grid of intervals: each leaves other cores to spend.
  constexpr double kStep = 1.1;
  const auto last = fewest_cores(layers, std::numeric_limits<Picoseconds>::max() / 4)->interval_ps;
  std::optional<Allocation> best;
  Picoseconds least = 0;
  for (Picoseconds interval = fastest->interval_ps;;
       interval = static_cast<Picoseconds>(static_cast<double>(interval) * kStep) + 1) {
    const auto from = fewest_cores(layers, std::min(interval, last));
    Allocation found = climb(layers, *from, cores, sources, following);
    const Picoseconds latency = latency_ps(layers, found.layers, sources, following);
    if (!best || latency < least) {
      best = std::move(found);
      least = latency;
    }
    if (interval >= last) return best;
  }
}

}  // namespace phasecore::mapping
