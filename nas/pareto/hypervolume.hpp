// What a front is worth, exactly.
#pragma once

#include <optional>
#include <vector>

#include "nas/pareto/dominance.hpp"

namespace phasecore::pareto {

/// Volume that the points dominate and the reference bounds; everything is minimised. Points that are not
/// better than the reference in every objective add nothing. Exact for any number of objectives: sweeps for 2
/// and 3, WFG (While, Bradstreet, Barone 2012) with slicing above. Throws InternalError for points of another
/// dimension than the reference, and for NaN.
double hypervolume(const std::vector<Point>& points, const Point& reference);

/// With four objectives and more the time grows fast. This gives up, on every machine alike, what takes more
/// than so many steps (comparisons of two points; all of them take about ten seconds), and what is larger
/// than a number can be.
constexpr double kMostSteps = 5e8;
std::optional<double> hypervolume_within(const std::vector<Point>& points, const Point& reference,
                                         double most_steps = kMostSteps);

/// What the volume gains when a point is added: hypervolume(points and p) - hypervolume(points), without
/// computing either.
double improvement(const std::vector<Point>& points, const Point& p, const Point& reference);

/// What the volume loses when a point is removed, for each point.
std::vector<double> contributions(const std::vector<Point>& points, const Point& reference);

}  // namespace phasecore::pareto
