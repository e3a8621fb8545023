// What a stage computes, in float and one value at a time, for tests.
#pragma once

#include <vector>

#include "sim/mapping/mapping.hpp"

namespace phasecore::test {

using Values = std::vector<float>;  ///< in C order of a shape; NaN: not known

float activated(const mapping::Activation& activation, float value);
/// Input vector of one tile of an MVM stage: rows in the order of the matrix.
Values input_vector(const mapping::Stage& stage, const Values& in, int position);
/// One value of a pool from `in` to `out`.
struct PoolShapes {
  mapping::Raster in, out;
};
float pooled(const mapping::Pool& pool, const PoolShapes& shapes, const Values& in, int channel,
             int position);
/// One value of a stage that combines two.
float combined(const mapping::Stage& stage, const std::vector<Values>& inputs, int channel, int position);
/// One value of a stage that moves.
float moved(const mapping::Stage& stage, const std::vector<Values>& inputs, int channel, int position);
/// The whole stage graph, adding up the sub-matrices; what the last stage delivers.
Values run_stages(const mapping::Mapping& mapping, const Values& image);

}  // namespace phasecore::test
