// Means over programming instances and images, and how sure they are. Inside nas/evaluate only.
#pragma once

#include "nas/evaluate/evaluator.hpp"
#include "sim/monte_carlo/statistics.hpp"

namespace phasecore::evaluate {

/// The mean of outcomes in which every instance sees every image, and its standard error: two crossed random
/// effects and a rest, y_ij = m + a_i + b_j + e_ij, from the mean squares of the analysis of variance
/// (Searle, Casella, McCulloch, Variance Components, 1992, ch. 4):
///   error^2 = s_a^2 / R + s_b^2 / N + s_e^2 / (R N), R instances, N images,
/// negative estimates of s_a^2 and s_b^2 taken as 0. One instance: the error speaks of images alone.
/// Outcomes that all agree are no certainty: the error is at least z / (N + z^2), z = 1.96, what Wilson's
/// interval leaves open then (J. Am. Stat. Assoc. 22, 209 (1927)).
/// Value and error are multiplied by `unit`.
Figure crossed_mean(const monte_carlo::Outcomes& outcomes, double unit = 1);

/// Standard deviation over instances and its error under normality, s / sqrt(2 (R - 1)). At least two
/// instances.
Figure spread(const monte_carlo::Outcomes& outcomes);

}  // namespace phasecore::evaluate
