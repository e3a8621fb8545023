// What ranges of codes mean to those who measure them: in training, and on a chip.
#pragma once

namespace phasecore::graph {

/// Share of the calibration values whose size a static range holds; the rest saturates.
constexpr double kRangeShare = 0.999;

}  // namespace phasecore::graph
