// Models in the manner of exporters: much to be computed and left out while they are read. For tests that
// damage models, and as seeds of the fuzz target.
#pragma once

#include <map>
#include <string>

namespace phasecore::test {

/// Name -> content; each is read without a problem.
std::map<std::string, std::string> exported_models();

}  // namespace phasecore::test
