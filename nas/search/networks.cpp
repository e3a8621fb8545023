#include "nas/search/networks.hpp"

#include <nlohmann/json.hpp>

#include "common/files.hpp"
#include "common/json_text.hpp"
#include "models/onnx/onnx.hpp"
#include "sim/report/json.hpp"
#include "sim/report/text.hpp"
#include "sim/run/simulate.hpp"

namespace phasecore::search {
namespace {

std::string name_of(const Problem& problem, const Candidate& candidate) {
  return problem.settings.name + "-" + std::to_string(candidate.id);
}

/// `weights`: of the problem's sources of networks.
graph::Network network_of(const Problem& problem, const Candidate& candidate,
                          const std::function<graph::Network(const spaces::Genes&)>& weights) {
  graph::Network network = weights(problem.domain->of_space(candidate.genes));
  network.name = name_of(problem, candidate);
  return network;
}

run::Options options_of(const Settings& settings, int workers) {
  run::Options options;
  options.seed = static_cast<std::uint64_t>(settings.seed);
  options.workers = workers;
  options.accuracy.times_s = times_s(settings);
  options.accuracy.instances = settings.evaluator.final.instances;
  options.accuracy.compensation = analog::parse_compensation(settings.compensation);
  options.accuracy.layer_samples = std::min(options.accuracy.layer_samples, settings.evaluator.final.images);
  return options;
}

}  // namespace

std::map<std::string, std::string> front_networks(const Problem& problem, const Result& result) {
  std::map<std::string, std::string> files;
  if (!problem.network) return files;
  for (const std::size_t i : result.front) {
    const Candidate& c = result.candidates[i];
    const std::string folder = "front/" + std::to_string(c.id);
    files[folder + "/network.onnx"] = onnx::serialize(network_of(problem, c, problem.network));
    if (result.fine_tuned.count(i))
      files[folder + "/fine-tuned.onnx"] = onnx::serialize(network_of(problem, c, problem.fine_tuned));
  }
  return files;
}

std::map<std::string, std::string> knee_report(const Problem& problem, const Result& result,
                                               run::ChipRunner& chips, int workers) {
  if (!problem.network || !result.knee) return {};
  const Settings& s = problem.settings;
  const Candidate& c = result.candidates[*result.knee];
  const graph::Network network = network_of(problem, c, problem.network);
  const data::Reading reading{network.input().shape, data::parse_if_given(s.normalise, "'normalise'")};
  const run::Data data{data::load(s.data, data::Part::Test, s.evaluator.final.images, reading),
                       data::load(s.data, data::Part::Calibration, s.evaluator.calibration_images, reading)};
  run::Report report = run::simulate(network, problem.chips->chip(problem.domain->of_chip(c.genes)),
                                     *problem.device, &data, options_of(s, workers), chips);
  report.model_sha256 = common::sha256(onnx::serialize(network));
  report.chip_argument = s.chip;
  // The wall time stands in the search's own provenance; without it the report is the same in every run.
  return {{"knee/report.json", common::json_text(report::to_json(report, {0}), 1) + "\n"},
          {"knee/report.txt", report::to_text(report)},
          {"knee/layers.csv", report::layers_csv(report).csv()}};
}

}  // namespace phasecore::search
