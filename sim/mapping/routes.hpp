// Ways over dedicated links. Inside mapping/ only.
#pragma once

#include <vector>

#include "sim/program/program.hpp"

namespace phasecore::mapping {

class Routes {
 public:
  explicit Routes(const program::Structure& structure);
  /// The cores of a shortest way, both ends included; of several the one through the lowest core numbers
  /// first. Throws InputError when there is none.
  std::vector<int> between(int from, int to) const;

 private:
  std::vector<std::vector<int>> neighbours_;  ///< sorted
};

}  // namespace phasecore::mapping
