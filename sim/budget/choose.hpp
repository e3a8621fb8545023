// Which layers leave the crossbars for digital units, so that what is lost keeps a budget at the least cost:
// numbers only.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "sim/budget/budget.hpp"

namespace phasecore::budget {

/// Per layer that may be chosen: does a digital unit compute it?
using Assignment = std::vector<bool>;

/// What is to be small, and what decides between equals.
using Cost = std::pair<double, double>;

/// What is known and what can be asked of a network on a chip.
struct Oracle {
  /// Points lost with this layer alone analog: the seed. One per layer.
  std::vector<double> alone_pp;
  /// Cheap. None for an assignment that the chip cannot have.
  std::function<std::vector<std::optional<Cost>>(const std::vector<Assignment>&)> costs;
  /// Expensive, never asked twice for the same assignment.
  std::function<Shortfall(const Assignment&)> measure;
  /// Of the repair, which comes after some log2(layers) of the chain.
  int most_repairs = 0;
  /// The mean decides, not the bad end of its interval.
  bool by_mean = false;
  /// Measure the whole chain: the curve of loss against cost.
  bool whole_chain = false;
};

struct Step {
  Assignment digital;
  std::optional<Cost> cost;
  std::optional<Shortfall> measured;
};

struct Choice {
  std::optional<Step> chosen;  ///< none: no measured assignment keeps the budget
  std::vector<Step> chain;     ///< all analog to as digital as can be
  std::vector<Step> measured;  ///< everything that was, in that order
};

/// The chain that choose() begins with: from all layers analog to as digital as can be. Nothing is measured.
std::vector<Step> chain(const Oracle& oracle);

/// Greedy, then verified and repaired.
///
/// Chain: beginning with all layers analog, the layer that saves most expected loss per added cost becomes
/// digital, one after the other; those that cost nothing come first. The least digital step that keeps the
/// budget is found by bisection, which takes losses as falling along the chain; of it and the steps behind it
/// the cheapest is taken (where digital units are cheaper than crossbars it is not the first).
/// Repair: as long as one that is cheaper keeps the budget, a layer goes back to its crossbar, alone or in
/// exchange for another, the likeliest to keep it first.
Choice choose(const Oracle& oracle);

}  // namespace phasecore::budget
