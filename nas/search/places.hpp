// Directories that a search reads and writes beside what its settings name.
#pragma once

#include <string>

namespace phasecore::search {

struct Places {
  std::string zoo;      ///< what zoo:NAME refers to
  std::string trained;  ///< networks that are trained on the way are kept here; "" = nothing can be trained
};

}  // namespace phasecore::search
