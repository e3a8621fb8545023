#include "sim/mapping/allocate.hpp"

#include <algorithm>
#include <limits>

namespace phasecore::mapping {
namespace {

using common::Picoseconds;

/// The cheapest way to compute one layer in time; of several the first.
std::optional<Choice> fewest_cores_of(const std::vector<Option>& options, Picoseconds interval) {
  std::optional<Choice> best;
  int least = std::numeric_limits<int>::max();
  for (int o = 0; o < static_cast<int>(options.size()); ++o) {
    const int replicas = options[o].replicas_within(interval);
    if (replicas == 0 || options[o].cores_of(replicas) >= least) continue;
    least = options[o].cores_of(replicas);
    best = Choice{o, replicas};
  }
  return best;
}

/// With one replica of each layer's slowest option: no allocation needs longer.
Picoseconds slowest(const LayerOptions& layers) {
  Picoseconds interval = 0;
  for (const auto& options : layers)
    for (const Option& option : options)
      interval = std::max(interval, option.interval_ps(std::max(option.given_replicas, 1)));
  return interval;
}

}  // namespace

Allocation summed(const LayerOptions& layers, std::vector<Choice> choices) {
  Allocation result;
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const Option& option = layers[l][choices[l].option];
    result.cores += option.cores_of(choices[l].replicas);
    result.interval_ps = std::max(result.interval_ps, option.interval_ps(choices[l].replicas));
  }
  result.layers = std::move(choices);
  return result;
}

std::optional<Allocation> fewest_cores(const LayerOptions& layers, Picoseconds interval) {
  std::vector<Choice> choices;
  for (const auto& options : layers) {
    const auto choice = fewest_cores_of(options, interval);
    if (!choice) return std::nullopt;
    choices.push_back(*choice);
  }
  return summed(layers, std::move(choices));
}

std::optional<Allocation> least_interval(const LayerOptions& layers, int cores) {
  const auto within = [&](Picoseconds interval) {
    auto found = fewest_cores(layers, interval);
    return found && found->cores <= cores ? found : std::nullopt;
  };
  Picoseconds possible = slowest(layers), impossible = -1;
  std::optional<Allocation> best = within(possible);
  if (!best) return std::nullopt;
  // A longer interval never takes more cores.
  while (possible - impossible > 1) {
    const Picoseconds middle = impossible + (possible - impossible) / 2;
    if (auto found = within(middle)) {
      possible = found->interval_ps;
      best = std::move(found);
    } else {
      impossible = middle;
    }
  }
  return best;
}

namespace {

/// Of an image, but for cores that wait.
double own_energy(const Option& option, const CorePower& power) {
  return static_cast<double>(option.image_energy()) +
         (power.working - power.waiting) * static_cast<double>(option.busy_ps());
}

}  // namespace

double energy_aj(const LayerOptions& layers, const Allocation& allocation, const CorePower& power) {
  double energy = power.waiting * allocation.cores * static_cast<double>(allocation.interval_ps);
  for (std::size_t l = 0; l < layers.size(); ++l)
    energy += own_energy(layers[l][allocation.layers[l].option], power);
  return energy;
}

std::optional<Allocation> least_energy(const LayerOptions& layers, int cores, Picoseconds interval,
                                       const CorePower& power) {
  constexpr double kNever = std::numeric_limits<double>::infinity();
  const double per_core = power.waiting * static_cast<double>(interval);
  // energy[c]: the least of the layers so far on exactly c cores; chosen[l][c]: what layer l then takes.
  std::vector<double> energy(static_cast<std::size_t>(cores) + 1, kNever);
  energy[0] = 0;
  std::vector<std::vector<Choice>> chosen;
  for (const auto& options : layers) {
    std::vector<double> next(energy.size(), kNever);
    std::vector<Choice> choice(energy.size(), Choice{-1, 0});
    for (int o = 0; o < static_cast<int>(options.size()); ++o) {
      const int replicas = options[o].replicas_within(interval);
      const int taken = options[o].cores_of(replicas);
      if (replicas == 0) continue;
      const double own = own_energy(options[o], power) + per_core * taken;
      for (int c = taken; c <= cores; ++c)
        if (energy[c - taken] + own < next[c]) {
          next[c] = energy[c - taken] + own;
          choice[c] = {o, replicas};
        }
    }
    energy = std::move(next);
    chosen.push_back(std::move(choice));
  }
  int at = static_cast<int>(std::min_element(energy.begin(), energy.end()) - energy.begin());
  if (energy[at] == kNever) return std::nullopt;
  std::vector<Choice> choices(layers.size());
  for (std::size_t l = layers.size(); l-- > 0;) {
    choices[l] = chosen[l][at];
    at -= layers[l][choices[l].option].cores_of(choices[l].replicas);
  }
  return summed(layers, std::move(choices));
}

namespace {

std::vector<Piece> pieces_of(const LayerOptions& layers, const std::vector<Choice>& choices) {
  std::vector<Piece> pieces;
  for (std::size_t l = 0; l < layers.size(); ++l)
    for (const Piece& piece : layers[l][choices[l].option].pieces(choices[l].replicas))
      pieces.push_back(piece);
  return pieces;
}

/// What is scarce on the cores.
enum class Scarce { Either, Time, Both };

double share_of(const Piece& piece, const Room& room, Scarce scarce) {
  const double time = least_cores({{0, 0, piece.time_ps, 0}}, room);
  if (scarce == Scarce::Time) return time;
  return least_cores({piece}, room) + (scarce == Scarce::Both ? time : 0);
}

/// What packing goes by.
struct Wish {
  Scarce scarce = Scarce::Either;
  bool tiles_of_groups = true;
};

/// The option of a layer that takes the least share of cores.
std::optional<Choice> smallest(const std::vector<Option>& options, const Room& room, const Wish& wish) {
  std::optional<Choice> best;
  double least = std::numeric_limits<double>::infinity();
  for (int o = 0; o < static_cast<int>(options.size()); ++o) {
    const int replicas = options[o].replicas_within(room.time_ps);
    if (replicas == 0 || (options[o].tiles_of_groups && !wish.tiles_of_groups)) continue;
    double share = 0;
    for (const Piece& piece : options[o].pieces(replicas)) share += share_of(piece, room, wish.scarce);
    if (share >= least) continue;
    least = share;
    best = Choice{o, replicas};
  }
  return best;
}

Picoseconds busiest(const std::vector<Piece>& pieces, const std::vector<int>& core_of, int cores) {
  std::vector<Picoseconds> time(static_cast<std::size_t>(cores), 0);
  for (std::size_t p = 0; p < pieces.size(); ++p) time[core_of[p]] += pieces[p].time_ps;
  return *std::max_element(time.begin(), time.end());
}

}  // namespace

namespace {

std::optional<Packed> packed(const LayerOptions& layers, int cores, const Room& room, const Wish& wish) {
  std::vector<Choice> choices;
  for (const auto& options : layers) {
    const auto choice = smallest(options, room, wish);
    if (!choice) return std::nullopt;
    choices.push_back(*choice);
  }
  const std::vector<Piece> pieces = pieces_of(layers, choices);
  if (least_cores(pieces, room) > cores) return std::nullopt;
  auto core_of = pack(pieces, cores, room);
  if (!core_of) return std::nullopt;
  Packed result{summed(layers, std::move(choices)), std::move(*core_of)};
  result.allocation.cores = cores;
  result.allocation.interval_ps = busiest(pieces, result.core_of, cores);
  return result;
}

}  // namespace

std::optional<Packed> packed(const LayerOptions& layers, int cores, const Room& room) {
  for (const Scarce scarce : {Scarce::Either, Scarce::Time, Scarce::Both})
    if (auto found = packed(layers, cores, room, {scarce, true})) return found;
  return std::nullopt;
}

namespace {

/// Tiles of groups save time and take cells, of which few are weights: where cells lack, layer by layer they
/// look cheaper than they are for all.
std::optional<Packed> packed_without_tiles_of_groups(const LayerOptions& layers, int cores,
                                                     const Room& room) {
  const auto has_some = [](const std::vector<Option>& options) {
    return std::any_of(options.begin(), options.end(), [](const Option& o) { return o.tiles_of_groups; });
  };
  if (std::none_of(layers.begin(), layers.end(), has_some)) return std::nullopt;
  for (const Scarce scarce : {Scarce::Either, Scarce::Time, Scarce::Both})
    if (auto found = packed(layers, cores, room, {scarce, false})) return found;
  return std::nullopt;
}

}  // namespace

std::optional<Packed> least_interval_packed(const LayerOptions& layers, int cores, Room room) {
  const auto within = [&](Picoseconds interval) {
    room.time_ps = interval;
    return packed(layers, cores, room);
  };
  Picoseconds all = 0;
  for (const auto& options : layers)
    all += options.front().interval_ps(std::max(options.front().given_replicas, 1));
  std::optional<Packed> best = within(all);
  if (!best) return std::nullopt;
  // To a thousandth: whether an interval fits is not quite monotonous, as packing is a heuristic.
  Picoseconds possible = best->allocation.interval_ps, impossible = 0;
  while (possible - impossible > possible / 1000 + 1) {
    const Picoseconds middle = impossible + (possible - impossible) / 2;
    if (auto found = within(middle)) {
      possible = std::min(middle, found->allocation.interval_ps);
      best = std::move(found);
    } else {
      impossible = middle;
    }
  }
  return best;
}

std::optional<Packed> fewest_cores_packed(const LayerOptions& layers, int cores, const Room& room) {
  for (int n = 1; n <= cores; ++n) {
    if (auto found = packed(layers, n, room)) return found;
    if (auto found = packed_without_tiles_of_groups(layers, n, room)) return found;
  }
  return std::nullopt;
}

}  // namespace phasecore::mapping
