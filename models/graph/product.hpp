// Matrix products whose sums have the same order on every machine. Inside models/graph only.
#pragma once

#include <Eigen/Core>
#include <algorithm>

namespace phasecore::graph {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using ConstMap = Eigen::Map<const Matrix, 0, Eigen::OuterStride<>>;
using Map = Eigen::Map<Matrix, 0, Eigen::OuterStride<>>;

/// Longest sum handed to Eigen at once. Eigen splits longer ones according to the cache size of the CPU it
/// finds (288 for a 32 KiB L1), which would change the rounding from machine to machine.
inline constexpr int kDepth = 256;
/// Patches held at once, in values: stays in the L2 cache and bounds the memory of a huge layer.
inline constexpr long long kPatchValues = 1 << 17;

/// out += weights * columns, in an order that depends on the sizes only.
inline void accumulate(const ConstMap& weights, const ConstMap& columns, Map out) {
  for (Eigen::Index k = 0; k < weights.cols(); k += kDepth) {
    const Eigen::Index depth = std::min<Eigen::Index>(kDepth, weights.cols() - k);
    out.noalias() += weights.middleCols(k, depth) * columns.middleRows(k, depth);
  }
}

}  // namespace phasecore::graph
