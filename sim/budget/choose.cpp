#include "sim/budget/choose.hpp"

#include <algorithm>
#include <limits>

#include "common/diagnostics.hpp"

namespace phasecore::budget {
namespace {

/// Expected savings below it, in points, are chance; they order what is left.
constexpr double kLeastSaving = 0.01;

/// Expected to miss the budget by more than so many points: not measured in the repair.
constexpr double kHopeless = 0.5;

class Chooser {
 public:
  explicit Chooser(const Oracle& oracle) : oracle_(oracle), layers_(oracle.alone_pp.size()) {}

  std::vector<Step> chain() {
    grow_chain();
    return std::move(choice_.chain);
  }

  Choice run() {
    grow_chain();
    if (oracle_.whole_chain)
      for (const Step& step : choice_.chain) measure(step.digital);
    if (const auto kept = least_digital()) {
      take_cheapest_from(*kept);
      for (int left = oracle_.most_repairs; choice_.chosen && left > 0;)
        if (!repair(left)) break;
    }
    for (Step& step : choice_.chain)
      if (const auto known = known_.find(step.digital); known != known_.end()) step.measured = known->second;
    return std::move(choice_);
  }

 private:
  double saving(std::size_t layer) const { return std::max(oracle_.alone_pp[layer], kLeastSaving); }

  /// Smaller comes first: what costs nothing by what it saves in cost, the rest by cost per point saved.
  std::pair<double, double> rank(std::size_t layer, const Cost& before, const Cost& after) const {
    const double added = after.first - before.first;
    if (added <= 0) return {added, -saving(layer)};
    return {added / saving(layer), 0};
  }

  void grow_chain() {
    Assignment now(layers_, false);
    const auto first = oracle_.costs({now});
    choice_.chain.push_back({now, first.front(), std::nullopt});
    while (true) {
      std::vector<std::size_t> free;
      std::vector<Assignment> next;
      for (std::size_t l = 0; l < layers_; ++l)
        if (!now[l]) {
          free.push_back(l);
          next.push_back(now);
          next.back()[l] = true;
        }
      const auto costs = oracle_.costs(next);
      std::optional<std::size_t> best;
      std::pair<double, double> best_rank;
      for (std::size_t i = 0; i < free.size(); ++i) {
        if (!costs[i]) continue;
        const auto r = rank(free[i], choice_.chain.back().cost.value_or(*costs[i]), *costs[i]);
        if (best && !(r < best_rank)) continue;
        best = i;
        best_rank = r;
      }
      if (!best) return;
      now = next[*best];
      choice_.chain.push_back({now, costs[*best], std::nullopt});
    }
  }

  const Shortfall& measure(const Assignment& digital) {
    const auto known = known_.find(digital);
    if (known != known_.end()) return known->second;
    const Shortfall found = oracle_.measure(digital);
    choice_.measured.push_back({digital, oracle_.costs({digital}).front(), found});
    return known_.emplace(digital, found).first->second;
  }

  double decides(const Shortfall& of) const { return oracle_.by_mean ? of.mean_pp : of.high_pp; }
  bool is_kept(const Shortfall& of) const { return decides(of) <= 0; }
  bool is_possible(const Step& step) const { return step.cost.has_value(); }

  /// The first step of the chain that keeps the budget.
  std::optional<std::size_t> least_digital() {
    auto& chain = choice_.chain;
    if (!is_possible(chain.back()) || !is_kept(measure(chain.back().digital))) return any_kept();
    std::size_t kept = chain.size() - 1, missed = 0;
    if (is_possible(chain[0]) && is_kept(measure(chain[0].digital))) return 0;
    while (kept - missed > 1) {
      const std::size_t middle = missed + (kept - missed) / 2;
      (is_possible(chain[middle]) && is_kept(measure(chain[middle].digital)) ? kept : missed) = middle;
    }
    return kept;
  }

  /// Where the end of the chain misses the budget: what a whole chain has shown.
  std::optional<std::size_t> any_kept() const {
    for (std::size_t s = 0; s < choice_.chain.size(); ++s) {
      const auto known = known_.find(choice_.chain[s].digital);
      if (known != known_.end() && is_kept(known->second)) return s;
    }
    return std::nullopt;
  }

  void take_cheapest_from(std::size_t first) {
    std::vector<std::size_t> steps;
    for (std::size_t s = first; s < choice_.chain.size(); ++s)
      if (is_possible(choice_.chain[s])) steps.push_back(s);
    std::stable_sort(steps.begin(), steps.end(), [&](std::size_t a, std::size_t b) {
      return *choice_.chain[a].cost < *choice_.chain[b].cost;
    });
    for (const std::size_t s : steps) {
      Step step = choice_.chain[s];
      step.measured = measure(step.digital);
      if (!is_kept(*step.measured)) continue;
      choice_.chosen = step;
      return;
    }
  }

  /// Assignments one change away, one layer back in its crossbar or in exchange for another.
  std::vector<Assignment> neighbours(const Assignment& of) const {
    std::vector<Assignment> all;
    for (std::size_t back = 0; back < layers_; ++back) {
      if (!of[back]) continue;
      Assignment without = of;
      without[back] = false;
      all.push_back(without);
      for (std::size_t out = 0; out < layers_; ++out) {
        if (of[out]) continue;
        all.push_back(without);
        all.back()[out] = true;
      }
    }
    return all;
  }

  /// By the figures of single layers, from what is measured of the chosen one.
  double expected(const Assignment& digital) const {
    double points = decides(*choice_.chosen->measured);
    for (std::size_t l = 0; l < layers_; ++l)
      if (digital[l] != choice_.chosen->digital[l]) points += digital[l] ? -saving(l) : saving(l);
    return points;
  }

  /// Looks for one that is cheaper than the chosen one and takes it; false where there is none.
  bool repair(int& left) {
    struct Candidate {
      Step step;
      double expected;
    };
    std::vector<Candidate> candidates;
    const std::vector<Assignment> all = neighbours(choice_.chosen->digital);
    const auto costs = oracle_.costs(all);
    for (std::size_t i = 0; i < all.size(); ++i)
      if (costs[i] && *costs[i] < *choice_.chosen->cost && known_.count(all[i]) == 0 &&
          expected(all[i]) <= kHopeless)
        candidates.push_back({{all[i], costs[i], std::nullopt}, expected(all[i])});
    std::stable_sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
      return std::pair(std::max(a.expected, 0.0), *a.step.cost) <
             std::pair(std::max(b.expected, 0.0), *b.step.cost);
    });
    for (Candidate& candidate : candidates) {
      if (left-- == 0) return false;
      candidate.step.measured = measure(candidate.step.digital);
      if (!is_kept(*candidate.step.measured)) continue;
      choice_.chosen = candidate.step;
      return true;
    }
    return false;
  }

  const Oracle& oracle_;
  const std::size_t layers_;
  Choice choice_;
  std::map<Assignment, Shortfall> known_;
};

}  // namespace

std::vector<Step> chain(const Oracle& oracle) {
  return Chooser(oracle).chain();
}

Choice choose(const Oracle& oracle) {
  common::ensure(!oracle.alone_pp.empty(), "budget: no layer to choose");
  return Chooser(oracle).run();
}

}  // namespace phasecore::budget
