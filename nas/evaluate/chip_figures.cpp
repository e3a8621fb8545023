#include "nas/evaluate/chip_figures.hpp"

#include "models/graph/fold.hpp"
#include "nas/evaluate/fit.hpp"

namespace phasecore::evaluate {
namespace {

void add_exact(Outcome& outcome, const std::string& name, double value) {
  outcome.figures[name] = {value, 0};
}

void add_totals(Outcome& outcome, const run::Report& report) {
  // When cores are gated depends on how firings fall, so an analytic run's energies are no bounds of the
  // chip's.
  const bool bound = report.engine == "analytic";
  const double energy = bound ? report.power.least_nj : report.energy_nj;
  add_exact(outcome, "latency_ns", report.latency_ns);
  add_exact(outcome, "interval_ns", report.interval_ns);
  add_exact(outcome, "energy_nj", energy);
  add_exact(outcome, "energy_steady_nj", bound ? report.power_steady.least_nj : report.energy_steady_nj);
  add_exact(outcome, "edp", energy * report.latency_ns);
}

}  // namespace

ChipFigures::ChipFigures(std::shared_ptr<const spaces::Space> space, config::Device device,
                         std::uint64_t seed)
    : space_(std::move(space)), device_(std::move(device)), seed_(seed) {}

std::vector<std::string> ChipFigures::names(run::Engine engine) {
  std::vector<std::string> names;
  if (engine == run::Engine::Analytic) names = {"cores", "cores_used", "parameters", "macs", "area_mm2"};
  for (const char* name : {"latency_ns", "interval_ns", "energy_nj", "energy_steady_nj", "edp"})
    names.emplace_back(name);
  return names;
}

void ChipFigures::add(Outcome& outcome, const spaces::Genes& genes, const config::Chip& chip,
                      run::Engine engine) const {
  const graph::Network network = space_->network(genes, 0);  // time does not depend on weights
  if (engine == run::Engine::Analytic) {
    const spaces::Cost cost = space_->cost(genes);
    add_exact(outcome, "parameters", static_cast<double>(cost.parameters));
    add_exact(outcome, "macs", static_cast<double>(cost.macs));
    const Fit fits = fit(graph::fold(network), chip);
    add_exact(outcome, "cores", fits.cores);
    if (chip.mapping.objective == config::Objective::OneToOne) outcome.failure = fits.refusal;
    if (!outcome.failure.empty()) return;
  }
  run::Options options;
  options.engine = engine;
  options.seed = seed_;
  const run::Report report = run::simulate(network, chip, device_, nullptr, options, chips_of_process_.get());
  add_totals(outcome, report);
  if (engine != run::Engine::Analytic) return;
  add_exact(outcome, "cores_used", report.cores_used);
  if (report.area_mm2) add_exact(outcome, "area_mm2", *report.area_mm2);
}

}  // namespace phasecore::evaluate
