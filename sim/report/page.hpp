// report.html: one file that shows what result directories hold, without a network.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace phasecore::report {

/// What a page aims at: links, cores and candidates that make it larger stay out of it, and it says so.
constexpr std::size_t kMostPageBytes = 1'500'000;

/// What of a result directory its page shows.
struct PageResult {
  std::string name;                           ///< heading of its column where several are laid side by side
  std::string path;                           ///< where its own page is, seen from a page of several
  std::string report;                         ///< text of report.json
  std::map<std::string, std::string> tables;  ///< texts of candidates.csv and, of a search, hypervolume.csv
  std::vector<std::string> files;  ///< others in the directory, relative to it, that the page links to
};

/// The page of one result, or of several side by side. It embeds each report. Throws InputError when a report
/// is no JSON of `simulate`, `search` or `sweep`, or lacks what the page is made of.
std::string html_page(const std::vector<PageResult>& results);

/// Whether a file of a search's directory is one that its page links to.
bool is_linked(const std::string& name);

}  // namespace phasecore::report
