// Single numbers about one front or two.
#pragma once

#include <cstddef>
#include <vector>

#include "nas/pareto/dominance.hpp"

namespace phasecore::pareto {

/// The member that gives up least for what it gains: objectives scaled to [0, 1] over the front, the one
/// farthest below the hyperplane through the ends, i.e. of least scaled sum; of equal ones the first. Throws
/// InternalError when the front is empty.
std::size_t knee(const std::vector<Point>& front);

/// Share of b that some point of a weakly dominates (no worse in all): the C metric of Zitzler and Thiele
/// 1999. 1 when b is empty.
double coverage(const std::vector<Point>& a, const std::vector<Point>& b);

/// Additive epsilon indicator (Zitzler et al. 2003): the least number that, subtracted from every objective
/// of a, makes it weakly dominate all of b. Negative when a is better everywhere. `scale` (one value > 0 per
/// objective; empty = 1) divides the differences. Throws InternalError when a or b is empty.
double additive_epsilon(const std::vector<Point>& a, const std::vector<Point>& b, const Point& scale = {});

}  // namespace phasecore::pareto
