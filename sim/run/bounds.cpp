#include "sim/run/bounds.hpp"

#include <algorithm>
#include <string>

#include "common/diagnostics.hpp"

namespace phasecore::run {

using common::ensure;

void check_bounds(const program::Activity& run, const program::Activity& on_paper, Picoseconds busiest) {
  const std::size_t images = run.image_end_ps.size();
  ensure(on_paper.image_end_ps.size() == images, "bounds: runs of different numbers of images");
  for (std::size_t i = 0; i < images; ++i)
    ensure(run.image_end_ps[i] >= on_paper.image_end_ps[i],
           "the chip finished image " + std::to_string(i) + " of " + std::to_string(images) + " after " +
               std::to_string(run.image_end_ps[i]) + " ps, before its analytic lower bound of " +
               std::to_string(on_paper.image_end_ps[i]) + " ps");
  const Picoseconds least = static_cast<Picoseconds>(images) * busiest;
  ensure(run.end_ps >= least, "the chip did " + std::to_string(images) + " images in " +
                                  std::to_string(run.end_ps) + " ps, its busiest unit needs " +
                                  std::to_string(least) + " ps");
}

SteadyRun steady_run(Picoseconds latency, Picoseconds busiest, int ahead) {
  constexpr int kLeast = 6, kShallow = 2;
  const Picoseconds interval = std::max<Picoseconds>(busiest, 1);
  const int at_once = static_cast<int>((latency + interval - 1) / interval);
  // `ahead` is a bound for the worst of all orders, and far from what images that are in the chip together
  // do.
  const int turns = std::min(ahead, 2 * at_once + kShallow);
  return {std::max(kLeast, 3 * at_once) + 2 * turns, std::max(at_once - kShallow, 0) + turns};
}

SteadyInterval steady_interval(const program::Activity& run, Picoseconds least, int draining) {
  const auto& ends = run.image_end_ps;
  ensure(draining >= 0 && ends.size() >= 3 + static_cast<std::size_t>(draining),
         "a steady interval needs three images");
  const std::size_t n = ends.size() - draining;
  /// The k-th interval from the end.
  const auto interval = [&](std::size_t k) { return ends[n - 1 - k] - ends[n - 2 - k]; };
  SteadyInterval steady;
  steady.between_ends = steady.value = interval(0);
  steady.before = interval(1);
  if (interval(0) == interval(1)) {
    steady.period = 1;
  } else if (n >= 5 && interval(0) == interval(2) && interval(1) == interval(3)) {
    steady.period = 2;
    steady.value = (interval(0) + interval(1)) / 2;
  }
  steady.raised = least > steady.value;
  steady.value = std::max(steady.value, least);
  return steady;
}

Picoseconds least_interval(const program::Activity& on_paper, Picoseconds busiest, int draining) {
  const SteadyInterval steady = steady_interval(on_paper, busiest, draining);
  return steady.period > 0 ? steady.value : busiest;
}

}  // namespace phasecore::run
