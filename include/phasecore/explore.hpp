// Sweeps and searches: many networks or settings, in worker processes.
#pragma once

#include <map>
#include <phasecore/basics.hpp>
#include <phasecore/chip.hpp>
#include <string>

namespace phasecore {
inline namespace v1 {

struct ExploreOptions {
  Assignments set;      ///< changes of keys: "budget.evaluations=100"
  int workers = 1;      ///< processes; the result is the same for any number
  std::string out;      ///< result directory, with an archive from the start; "": nothing is written
  bool resume = false;  ///< goes on with what the archive in `out` holds
  Watch watch;
};

/// What a sweep or a search found.
struct Exploration {
  bool ended_early = false;  ///< a search that Watch::stop ended
  std::string json;          ///< schema phasecore.sweep/1 or phasecore.search/1
  std::string text;          ///< for a person
  /// Every file of the result directory by its name: report.json, report.html, candidates.csv, front.csv,
  /// ...
  std::map<std::string, std::string> files;
  std::string note;  ///< why a part is missing: the report about a search's knee; mostly ""
};

/// The keys are explained by `phasecore describe sweep` and `describe search`. `_text`: settings as text,
/// YAML or JSON, with the keys of such a file. Throws InputError with all that is wrong, Stopped (sweeps).
Exploration run_sweep(const std::string& name_or_file, const ExploreOptions& options = {});
Exploration run_sweep_text(const std::string& text, const ExploreOptions& options = {});
Exploration run_search(const std::string& name_or_file, const ExploreOptions& options = {});
Exploration run_search_text(const std::string& text, const ExploreOptions& options = {});

}  // namespace v1
}  // namespace phasecore
