// A sweep from its settings to its files: what `phasecore sweep` and programs that use the library share.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "common/process/ranks.hpp"
#include "nas/results/result_directory.hpp"
#include "nas/sweep/sweep.hpp"

namespace phasecore::sweep {

struct SessionOptions {
  int workers = 1;
  std::string out;      ///< result directory; "": nothing is written
  bool resume = false;  ///< goes on with the sweep whose archive is in `out`
  /// Told what of a network's file the chip cannot do as it says; may be none.
  std::function<void(const std::vector<std::string>&)> on_notes;
  process::Ranks* ranks = nullptr;  ///< whose workers evaluate, too; outlives the session
};

class Session {
 public:
  /// Poses the problem, starts workers, opens the archive. Throws what these throw, and InputError for
  /// `resume` without `out`.
  Session(const LoadedSettings& loaded, const SessionOptions& options);
  ~Session();

  const Problem& problem() const { return problem_; }
  /// Once. Throws evaluate::Interrupted; what is done by then is in the archive of `out`.
  Result run(const std::function<void(std::size_t done)>& progress, const std::function<bool()>& stop);
  /// Writes the files to `out`, if there is one.
  void publish(const std::map<std::string, std::string>& files);

 private:
  SessionOptions options_;
  Problem problem_;
  std::unique_ptr<results::ResultDirectory> out_;
  std::unique_ptr<evaluate::Pool> pool_;
  std::unique_ptr<archive::Archive> archive_;
};

/// What a rank other than 0 does: evaluates for it, with `options.workers` workers. What `load` throws
/// becomes rank 0's error.
void serve_rank(process::Ranks& ranks, const SessionOptions& options,
                const std::function<LoadedSettings()>& load);

}  // namespace phasecore::sweep
