// Finds that a chip repeats itself and continues a run without simulating it (decision 080).
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "sim/chip/core.hpp"
#include "sim/chip/dedicated_links.hpp"
#include "sim/chip/host.hpp"
#include "sim/chip/router_network.hpp"

namespace phasecore::chip {

/// Watches one run. Each time an image has entered, it takes a snapshot before the next instant. If it equals
/// one of the last few, p images and a time T before, the chip does the same again and again until it notices
/// that no image is left. So a run of N images is one of N - m p images in which what lies between the two
/// snapshots comes m times more. The run is shortened by as many images as nobody can have noticed, and
/// what it did between the snapshots is added to its figures.
class SteadyState {
 public:
  using Cores = std::vector<std::unique_ptr<Core>>;
  /// `routers`, `dedicated`: null where there are none.
  SteadyState(RunState& run, const Cores& cores, Host& host, const RouterNetwork* routers,
              const DedicatedLinks* dedicated, std::vector<const LinkUse*> links);

  /// The source has sent all images before `image`.
  void image_entered(std::int64_t image);
  /// Adds what was not simulated to the figures of the shortened run.
  void continue_run(program::Activity& activity) const;

 private:
  /// Sums on which nothing depends, so that they are not in the snapshot: of cores with tasks and of links.
  using Sums = std::vector<std::int64_t>;
  struct Seen {
    explicit Seen(Snapshot s) : snapshot(std::move(s)) {}
    Snapshot snapshot;
    Sums sums;
    std::size_t image_ends = 0;
    std::vector<std::size_t> marks;  ///< of each core: so many
  };
  /// What lies between two equal snapshots, and how often it comes more.
  struct Period {
    Picoseconds time = 0;
    int images = 0;
    std::int64_t times = 0;
    Sums sums;
    Seen end;
  };

  void look(std::int64_t image);
  Seen see(std::int64_t image);
  bool shorten(const Seen& before, const Seen& now);
  bool may_end_with(int images) const;
  void end_with(int images);
  void continue_core(program::CoreActivity& core, const std::int64_t* sums, std::size_t marks) const;

  RunState& run_;
  const Cores& cores_;
  Host& host_;
  const RouterNetwork* routers_;
  const DedicatedLinks* dedicated_;
  const std::vector<const LinkUse*> links_;
  std::deque<Seen> seen_;  ///< the last few
  std::optional<Period> period_;
};

}  // namespace phasecore::chip
