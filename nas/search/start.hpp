// Where a search begins that starts from another one's results.
#pragma once

#include <string>
#include <vector>

#include "nas/search/domain.hpp"

namespace phasecore::search {

/// The file of a search's directory that front_of() reads.
std::string start_file(const std::string& directory);

/// The members of the front in a search's report.json, in its order, each once. Those whose genes or choices
/// do not exist in `domain` are left out. Throws InputError for what is no such report, and where nothing is
/// left, saying why.
std::vector<Genes> front_of(const std::string& report, const JointDomain& domain);

}  // namespace phasecore::search
