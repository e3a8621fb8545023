#include "nas/evaluate/report_figures.hpp"

#include <algorithm>
#include <cmath>

#include "nas/figures/names.hpp"

namespace phasecore::evaluate {
namespace {

/// Of the normal distribution: a 95 % interval is so many standard errors to each side.
constexpr double kZ95 = 1.959963984540054;

Measure exact(const char* name, double (*value)(const run::Report&)) {
  return [name, value](const run::Report& report, figures::Figures& into) {
    into[name] = {value(report), 0};
  };
}

/// The interval is bootstrapped; a quarter of its width is the standard error that it would have if normal.
figures::Figure bootstrapped(const monte_carlo::Interval& interval) {
  return {interval.mean, (interval.high - interval.low) / (2 * kZ95)};
}

/// A share of images without devices: binomial, and where all images agree what Wilson's interval leaves
/// open.
figures::Figure share(double value, int images) {
  const double resolution = kZ95 / (images + kZ95 * kZ95);
  return {value, std::max(resolution, std::sqrt(value * (1 - value) / std::max(1, images - 1)))};
}

void add_accuracies(const run::Report& report, figures::Figures& into) {
  if (!report.accuracy) return;
  const auto& result = report.accuracy->result;
  for (const monte_carlo::Point& point : result.points) {
    const std::string name = figures::accuracy_at(point.time_s);
    into[name] = bootstrapped(point.accuracy);
    if (report.accuracy->instances > 1)
      into[name + ".std"] = {point.std, point.std / std::sqrt(2.0 * (report.accuracy->instances - 1))};
  }
  into["accuracy@digital"] = share(result.float_accuracy, result.samples);
  into["accuracy@quantized"] = share(result.quantized_accuracy, result.samples);
  if (result.avm_pp) into["avm_pp"] = bootstrapped(*result.avm_pp);
}

}  // namespace

const std::vector<Measure>& report_measures() {
  static const std::vector<Measure> all = {
      add_accuracies,
      exact("latency_ns", [](const run::Report& r) { return r.latency_ns; }),
      exact("interval_ns", [](const run::Report& r) { return r.interval_ns; }),
      exact("energy_nj", [](const run::Report& r) { return r.energy_nj; }),
      exact("energy_steady_nj", [](const run::Report& r) { return r.energy_steady_nj; }),
      exact("edp", [](const run::Report& r) { return r.energy_nj * r.latency_ns; }),
      exact("average_power_mw", [](const run::Report& r) { return r.average_power_mw; }),
      exact("cores", [](const run::Report& r) { return static_cast<double>(r.cores_used); }),
      exact("utilization", [](const run::Report& r) { return r.utilization; }),
      exact("parameters", [](const run::Report& r) { return static_cast<double>(r.parameters); }),
      exact("macs", [](const run::Report& r) { return static_cast<double>(r.macs); }),
      [](const run::Report& r, figures::Figures& into) {
        if (r.area_mm2) into["area_mm2"] = {*r.area_mm2, 0};
      },
  };
  return all;
}

figures::Figures figures_of(const run::Report& report, const std::vector<Measure>& measures) {
  figures::Figures all;
  for (const Measure& measure : measures) measure(report, all);
  return all;
}

}  // namespace phasecore::evaluate
