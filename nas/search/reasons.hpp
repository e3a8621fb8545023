// Why candidates are infeasible, counted.
#pragma once

#include <string>
#include <vector>

#include "nas/search/search.hpp"

namespace phasecore::search {

struct Reason {
  std::string text;  ///< "cores is above 64"; of failures that differ in numbers and names only, the first
  int candidates = 0;
};

/// The five commonest, those first. A candidate that breaks two constraints counts for both.
std::vector<Reason> commonest_reasons(const Result& result);

}  // namespace phasecore::search
