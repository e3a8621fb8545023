#include "nas/search/networks.hpp"

#include <nlohmann/json.hpp>

#include "common/files.hpp"
#include "common/json_text.hpp"
#include "models/onnx/onnx.hpp"
#include "sim/report/json.hpp"
#include "sim/report/text.hpp"
#include "sim/session/session.hpp"

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

session::Request request_of(const Problem& problem, const Candidate& candidate) {
  const Settings& search = problem.settings;
  session::Request request;
  request.settings = session::default_settings();
  request.calibration_images = search.evaluator.calibration_images;
  session::Settings& s = request.settings;
  s.data = search.data;
  s.normalise = search.normalise;
  s.samples = search.evaluator.final.images;
  s.times = search.evaluator.times;
  s.instances = search.evaluator.final.instances;
  s.compensation = search.compensation;
  s.layer_samples = std::min(s.layer_samples, s.samples);
  s.seed = search.seed;
  s.chip = problem.chips->chip(problem.domain->of_chip(candidate.genes));
  s.device = *problem.device;
  return request;
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
  session::Session session(request_of(problem, c), {network, "", common::sha256(onnx::serialize(network))});
  session.load_images();
  run::Options options = session::to_options(session.settings());
  options.workers = workers;
  run::Report report = session.simulate(options, chips);
  report.chip_argument = s.chip;
  // The wall time stands in the search's own provenance; without it the report is the same in every run.
  return {{"knee/report.json", common::json_text(report::to_json(report, {0}), 1) + "\n"},
          {"knee/report.txt", report::to_text(report)},
          {"knee/layers.csv", report::layers_csv(report).csv()}};
}

}  // namespace phasecore::search
