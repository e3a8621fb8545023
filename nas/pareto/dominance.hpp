// Who is better than whom, with constraints and under noise.
#pragma once

#include <cstddef>
#include <vector>

#include "nas/pareto/engine.hpp"

namespace phasecore::pareto {

/// A point of the objective space; everything is minimised.
using Point = std::vector<double>;

/// Pareto dominance: no worse in all and better by more than epsilon in at least one. `epsilon` is empty
/// (exact) or has one value >= 0 per objective. (The overlap of intervals would not be transitive, this is.)
bool dominates(const Point& a, const Point& b, const Point& epsilon = {});

/// Constraint domination (Deb et al. 2002, NSGA-II, section VI): feasible before infeasible, the smaller
/// violation before the larger one, else dominates().
bool dominates(const Score& a, const Score& b, const Point& epsilon = {});

/// Standard error of each objective pooled over the feasible scores: sqrt(mean of squared errors). 0 where
/// all are exact. Empty when nothing is feasible.
Point pooled_errors(const std::vector<Score>& scores);

/// Fronts of indices, best first (fast non-dominated sorting, Deb et al. 2002); ascending within a front.
std::vector<std::vector<std::size_t>> sort_fronts(const std::vector<Score>& scores,
                                                  const Point& epsilon = {});
std::vector<std::vector<std::size_t>> sort_fronts(const std::vector<Point>& points,
                                                  const Point& epsilon = {});

/// Indices of the feasible scores that no other score dominates, ascending. Of equal ones all stay.
std::vector<std::size_t> front(const std::vector<Score>& scores, const Point& epsilon = {});

/// Crowding distance (Deb et al. 2002) of each point within one front; infinity at the ends of every
/// objective whose values differ. Independent of the order of the points but for ties, which go by index.
std::vector<double> crowding(const std::vector<Point>& front);

}  // namespace phasecore::pareto
