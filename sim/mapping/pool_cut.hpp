// Taking a fused pool apart, so that replicas can share its layer's pixels: each pools smaller windows that
// lie in what it computes, and a digital stage pools their results.
#pragma once

#include <vector>

#include "sim/mapping/mapping.hpp"

namespace phasecore::mapping {

/// All that compute the same, but for the rounding of what travels; the first is none. Windows that overlap
/// or see padding can only leave as a whole.
std::vector<PoolCut> pool_cuts(const MvmWork& mvm);

/// The pool that stays behind; none for 1 x 1.
std::optional<Pool> first_pool(const Pool& pool, const PoolCut& cut);
/// The stage that pools the rest; it reads stage `s`. `stage`: that stage before the cut.
Stage rest_of_pool(const Stage& stage, int s, const PoolCut& cut);

/// The stage beside whose first core the rest of stage `s`'s pool is computed: a reader in crossbars that
/// fires once per image; -1: none.
int rest_beside(const std::vector<Stage>& stages, int s);

/// Cuts the pool of stage `s`: the rest becomes stage s + 1.
void cut_pool(std::vector<Stage>& stages, int s, const PoolCut& cut);

}  // namespace phasecore::mapping
