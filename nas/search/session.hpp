// A search from its settings to its files: what `phasecore search` and programs that use the library share.
#pragma once

#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "common/process/ranks.hpp"
#include "nas/results/result_directory.hpp"
#include "nas/search/search.hpp"
#include "sim/run/chip_runner.hpp"

namespace phasecore::search {

struct SessionOptions {
  int workers = 1;
  std::string out;                  ///< result directory; "": nothing is written
  bool resume = false;              ///< goes on with the search whose archive is in `out`
  bool makes_files = true;          ///< false: without `out` the files are not made either
  process::Ranks* ranks = nullptr;  ///< whose workers evaluate, too; outlives the session
};

/// How it ended.
struct Ended {
  Result result;
  bool interrupted = false;                  ///< with what was known then
  std::string text, document;                ///< the front for a person; report.json
  std::map<std::string, std::string> files;  ///< of the result directory, but for the archive
  std::exception_ptr unwritten;              ///< why the files could not be made, or not be written
  std::exception_ptr knee_failure;           ///< why there is no report about the knee
};

class Session {
 public:
  /// Poses the problem, starts workers, opens the archive. `chips` has to outlive it. Throws what these
  /// throw, and InputError for `resume` without `out`.
  Session(const LoadedSettings& loaded, const SessionOptions& options, run::ChipRunner& chips);
  ~Session();

  const Problem& problem() const { return problem_; }
  /// Once. `hooks.seconds` is a clock that began with the search. Throws as search::run() does.
  Ended run(const Hooks& hooks);

 private:
  void make_files(Ended& ended, const Hooks& hooks);
  void publish(const Ended& ended);

  SessionOptions options_;
  run::ChipRunner& chips_;
  std::unique_ptr<results::ResultDirectory> out_;
  Problem problem_;
  std::unique_ptr<evaluate::Pool> pool_;
  std::unique_ptr<archive::Archive> archive_;
};

/// What a rank other than 0 does: evaluates for it, with `options.workers` workers. What `load` throws
/// becomes rank 0's error.
void serve_rank(process::Ranks& ranks, const SessionOptions& options,
                const std::function<LoadedSettings()>& load);

}  // namespace phasecore::search
