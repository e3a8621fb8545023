// Runs programs on SystemC chips without the caller ever elaborating one.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "sim/program/activity.hpp"
#include "sim/program/payload.hpp"

namespace phasecore::run {

/// Told now and then how many firings of a run have ended. May throw: that ends the run.
using OnFirings = std::function<void(std::int64_t ended)>;

/// What there is to say of a run; chip::RunOptions says more of it.
struct ChipRun {
  std::string trace_path;
  OnFirings on_firings;
  bool extrapolate = true;
};

/// Owns one forked child process per structural chip; a child elaborates once and runs any number of
/// programs. Fork it before any thread or heavy library starts: construct the runner first, children inherit
/// a small process because a template child forked in the constructor does the later forking. Children
/// and template that die are replaced; the run they died in is an InternalError that names the signal, or an
/// EnvironmentError if it came from outside.
class ChipRunner {
 public:
  ChipRunner();
  ~ChipRunner();
  program::Activity run(const program::Platform& platform, const program::Program& program, int images,
                        const ChipRun& options = {});
  /// With values: forks a child of this very process that inherits `functions`, runs `images` images, and
  /// returns what arrived at the sink, per image the concatenated payloads.
  struct Functional {
    program::Activity activity;
    std::vector<program::Payload> outputs;
  };
  Functional run_functional(const program::Platform& platform, const program::Program& program, int images,
                            program::TaskFunctions& functions);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace phasecore::run
