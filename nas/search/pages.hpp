// The pages of a search's result directory.
#pragma once

#include <map>
#include <string>

namespace phasecore::search {

/// Adds report.html, and knee/report.html where the knee has a report, to the files of a result (texts by
/// name).
void add_pages(std::map<std::string, std::string>& files);

}  // namespace phasecore::search
