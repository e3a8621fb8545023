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

SteadyInterval steady_interval(const program::Activity& run, Picoseconds busiest) {
  const auto& ends = run.image_end_ps;
  const std::size_t n = ends.size();
  ensure(n >= 3, "a steady interval needs three images");
  SteadyInterval interval;
  interval.between_ends = ends[n - 1] - ends[n - 2];
  interval.before = ends[n - 2] - ends[n - 3];
  interval.value = std::max(interval.between_ends, busiest);
  return interval;
}

}  // namespace phasecore::run
