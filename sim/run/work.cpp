#include "sim/run/work.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "common/diagnostics.hpp"
#include "sim/run/simulate.hpp"

namespace phasecore::run {
namespace {

// Measured on one core of 2026 with a convolution on one core, which has the most host traffic per firing:
// seven images (one alone, six back to back) and what is kept of them.
constexpr double kChipSeconds = 33e-6, kAnalyticSeconds = 6.5e-6;
constexpr double kBytes = 950;
constexpr double kWorthSaying = 10;  ///< seconds

double seconds_of(std::int64_t firings, Engine engine) {
  return static_cast<double>(firings) * (engine == Engine::Chip ? kChipSeconds : kAnalyticSeconds);
}

std::string rough_time(double seconds) {
  if (seconds < 90) return fmt::format("{:.0f} s", std::ceil(seconds / 10) * 10);
  if (seconds < 5400) return fmt::format("{:.0f} min", std::ceil(seconds / 60));
  return fmt::format("{:.0f} h", std::ceil(seconds / 3600));
}

std::string words(std::int64_t firings, Engine engine) {
  std::string text = fmt::format("about {:.2g} firings per image: up to {} and {:.1f} GB of memory",
                                 static_cast<double>(firings), rough_time(seconds_of(firings, engine)),
                                 static_cast<double>(firings) * kBytes / 1e9);
  if (engine == Engine::Chip)
    text +=
        fmt::format("; --engine analytic takes up to {}", rough_time(seconds_of(firings, Engine::Analytic)));
  return text;
}

}  // namespace

std::int64_t firings_per_image(const mapping::Mapping& map) {
  std::int64_t firings = 0;
  for (const mapping::Stage& stage : map.stages) {
    const auto* mvm = stage.as<mapping::MvmWork>();
    if (mvm != nullptr && mvm->is_shared()) {
      firings += static_cast<std::int64_t>(mvm->tiles().pixels()) * mvm->per_replica();
      continue;
    }
    const std::int64_t positions =
        mvm != nullptr ? mvm->positions()
                       : std::max(mapping::raster_of(stage.inputs.at(0).shape).pixels(), stage.firings());
    firings += positions * std::max<std::int64_t>(1, mapping::submatrices_of(stage).size());
  }
  return firings;
}

std::string cost_of(std::int64_t firings, Engine engine) {
  return seconds_of(firings, engine) < kWorthSaying ? "" : words(firings, engine);
}

void check_work(std::int64_t firings, std::int64_t most, Engine engine) {
  if (most <= 0 || firings <= most) return;
  throw common::InputError(fmt::format("the network takes {}; allowed are {:.2g} firings (--max-firings)",
                                       words(firings, engine), static_cast<double>(most)));
}

}  // namespace phasecore::run
