// Which PhaseCore this is.
#pragma once

#include <string>

namespace phasecore::common {

std::string version();  ///< "0.1.0"
std::string
git_revision();  ///< of the source tree when it was built, "-dirty" with local changes, "unknown" without git
std::string compiler();

}  // namespace phasecore::common
