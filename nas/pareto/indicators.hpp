// Single numbers about one front or two.
#pragma once

#include <cstddef>
#include <vector>

#include "nas/pareto/dominance.hpp"

namespace phasecore::pareto {

/// The compromise: with objectives scaled to [0, 1] over the front, the member whose worst objective is best
/// (least Chebyshev distance to the ideal point; Zeleny 1973); of equal ones the one of least scaled sum,
/// then the first. The least sum alone would choose an end of the front wherever two objectives go together,
/// as time and energy do. Throws InternalError when the front is empty.
std::size_t knee(const std::vector<Point>& front);

/// Share of b that some point of a weakly dominates (no worse in all): the C metric of Zitzler and Thiele
/// 1999. 1 when b is empty.
double coverage(const std::vector<Point>& a, const std::vector<Point>& b);

/// Additive epsilon indicator (Zitzler et al. 2003): the least number that, subtracted from every objective
/// of a, makes it weakly dominate all of b. Negative when a is better everywhere. `scale` (one value > 0 per
/// objective; empty = 1) divides the differences. Throws InternalError when a or b is empty.
double additive_epsilon(const std::vector<Point>& a, const std::vector<Point>& b, const Point& scale = {});

}  // namespace phasecore::pareto
