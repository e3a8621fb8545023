#include "sim/numerics/line_ranges.hpp"

#include <algorithm>

#include "common/diagnostics.hpp"
#include "common/quantile.hpp"
#include "sim/numerics/executor.hpp"
#include "sim/numerics/health.hpp"
#include "sim/numerics/kernels/mvm.hpp"
#include "sim/numerics/network_run.hpp"

namespace phasecore::numerics {
namespace {

/// So many images have millions of line currents in each layer of a network that is worth calibrating.
constexpr int kRangeImages = 64;

}  // namespace

std::vector<double> line_ranges(const mapping::Mapping& mapping, const config::Chip& chip,
                                const Calibration& calibration, const graph::Batch& images) {
  if (images.samples == 0)
    throw common::InputError("adc.range: calibrated measures the line currents of network '" +
                             mapping.network + "' on calibration images, and there are none");
  Calibration exact = calibration;
  exact.exact_lines = true;
  const Executor executor(mapping, chip, config::Device{}, exact);
  const State ideal = executor.ideal();
  const int samples = std::min(kRangeImages, images.samples);
  const std::size_t volume = images.values.size() / static_cast<std::size_t>(images.samples);
  const auto first = [&](int n) {
    const auto end = images.values.begin() + static_cast<std::ptrdiff_t>(volume) * n;
    return graph::Batch{n, images.shape, {images.values.begin(), end}};
  };
  Health of_one(mapping.stages.size());  // every image has as many counts
  executor.logits(ideal, first(1), 0, &of_one);
  std::vector<common::Quantile> lines;
  for (const StageHealth& stage : of_one.stages)
    lines.emplace_back(chip.adc.range_quantile, static_cast<std::size_t>(stage.counts * samples));
  NetworkRun run(executor);
  run.watch_lines(&lines);
  const std::vector<std::int8_t> codes = executor.encode(first(samples));
  Activations out;
  for (int begin = 0; begin < samples; begin += kBlockImages) {
    run.load(std::min(kBlockImages, samples - begin), begin,
             codes.data() + volume * static_cast<std::size_t>(begin));
    run.run(ideal, out);
  }
  std::vector<double> ranges(mapping.stages.size(), 0.0);
  for (int s = 0; s < static_cast<int>(ranges.size()); ++s)
    if (const MvmKernel* kernel = executor.crossbars(s))
      ranges[s] = lines[s].value() * kernel->converter().full_scale / kernel->converter().max_count;
  return ranges;
}

}  // namespace phasecore::numerics
