#include "nas/surrogate/acquisition.hpp"

#include <algorithm>
#include <limits>
#include <queue>

#include "common/diagnostics.hpp"
#include "nas/pareto/hypervolume.hpp"

namespace phasecore::surrogate {

using pareto::Point;

namespace {

constexpr std::size_t kDraws = 16;
/// How far beyond the worst of the front, in units of its range, points still count.
constexpr double kMargin = 0.3;

/// Objectives in units of the front's range.
class Scale {
 public:
  Scale(const std::vector<Point>& front, const Point& deviations) : low_(front[0]), range_(front[0].size()) {
    Point high = front[0];
    for (const Point& p : front)
      for (std::size_t k = 0; k < p.size(); ++k) {
        low_[k] = std::min(low_[k], p[k]);
        high[k] = std::max(high[k], p[k]);
      }
    for (std::size_t k = 0; k < range_.size(); ++k) {
      range_[k] = high[k] - low_[k];
      if (!(range_[k] > 0)) range_[k] = deviations[k] > 0 ? deviations[k] : 1;
    }
  }
  Point operator()(Point p) const {
    for (std::size_t k = 0; k < p.size(); ++k) p[k] = (p[k] - low_[k]) / range_[k];
    return p;
  }

 private:
  Point low_, range_;
};

/// What might come true of the candidates: kDraws worlds, each with a front of its own that grows by what is
/// chosen.
class Worlds {
 public:
  Worlds(const std::vector<Point>& front, const Candidates& candidates, const common::RandomKey& key)
      : reference_(front[0].size(), 1 + kMargin) {
    const Scale scaled(front, candidates.deviations);
    std::vector<Point> known;
    for (const Point& p : front) known.push_back(scaled(p));
    fronts_.assign(kDraws, known);
    const std::size_t m = front[0].size();
    std::vector<float> normal(kDraws * m), uniform(kDraws);
    for (std::size_t i = 0; i < candidates.means.size(); ++i) {
      const auto row = static_cast<std::uint32_t>(i);
      common::fill_normal(key, 0, row, 0, normal.size(), normal.data());
      common::fill_uniform(key, 1, row, 0, uniform.size(), uniform.data());
      std::vector<Outcome> outcomes;
      for (std::size_t d = 0; d < kDraws; ++d) {
        Point p = candidates.means[i];
        for (std::size_t k = 0; k < m; ++k)
          p[k] += candidates.deviations[k] * static_cast<double>(normal[d * m + k]);
        outcomes.push_back({scaled(p), static_cast<double>(uniform[d]) < candidates.feasible[i]});
      }
      outcomes_.push_back(std::move(outcomes));
    }
  }

  double gain(std::size_t candidate) const {
    double sum = 0;
    for (std::size_t d = 0; d < kDraws; ++d)
      if (outcomes_[candidate][d].feasible)
        sum += pareto::improvement(fronts_[d], outcomes_[candidate][d].point, reference_);
    return sum;
  }

  void choose(std::size_t candidate) {
    for (std::size_t d = 0; d < kDraws; ++d)
      if (outcomes_[candidate][d].feasible) fronts_[d].push_back(outcomes_[candidate][d].point);
  }

 private:
  struct Outcome {
    Point point;
    bool feasible = false;
  };

  Point reference_;
  std::vector<std::vector<Point>> fronts_;
  std::vector<std::vector<Outcome>> outcomes_;  ///< of each candidate
};

/// A gain computed when `chosen` candidates were chosen.
struct Bid {
  double gain = 0, chance = 0;
  std::size_t candidate = 0, chosen = 0;
  /// Less gain; of equal ones the less likely to be feasible; then the later one.
  bool operator<(const Bid& other) const {
    if (gain != other.gain) return gain < other.gain;
    if (chance != other.chance) return chance < other.chance;
    return candidate > other.candidate;
  }
};

}  // namespace

std::vector<std::size_t> most_promising(const std::vector<Point>& front, const Candidates& candidates,
                                        std::size_t keep, const common::RandomKey& key) {
  const std::size_t n = candidates.means.size();
  common::ensure(!front.empty() && keep <= n && candidates.feasible.size() == n &&
                     candidates.deviations.size() == front[0].size(),
                 "most_promising: front, candidates and keep do not fit together");
  Worlds worlds(front, candidates, key);
  std::priority_queue<Bid> bids;
  for (std::size_t i = 0; i < n; ++i) bids.push({worlds.gain(i), candidates.feasible[i], i, 0});
  std::vector<std::size_t> kept;
  while (kept.size() < keep) {
    Bid best = bids.top();
    bids.pop();
    // Gains only shrink as candidates are chosen: an old bid is an upper bound, and one that stays on top
    // after it was brought up to date is the best of all.
    if (best.gain > 0 && best.chosen != kept.size()) {
      best.gain = worlds.gain(best.candidate);
      best.chosen = kept.size();
      bids.push(best);
      continue;
    }
    worlds.choose(best.candidate);
    kept.push_back(best.candidate);
  }
  return kept;
}

}  // namespace phasecore::surrogate
