// A program's own arrays as a data set.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/npy.hpp"
#include "models/data/dataset.hpp"

namespace phasecore::data {

/// Arrays by the names that they would have in an .npz file (docs/data.md): test_x, test_y, calibration_x,
/// ...
struct OwnArrays {
  std::map<std::string, common::NpyArray> values;           ///< N x input
  std::map<std::string, std::vector<std::int64_t>> labels;  ///< class numbers from 0
};

/// Reads a part of them as load() reads the same arrays from `npz:FILE.npz`: the same parts, checks and
/// errors. The set's name is "arrays".
Dataset load(const OwnArrays& arrays, Part part, int limit = 0, const Reading& reading = {});

}  // namespace phasecore::data
