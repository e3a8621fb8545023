#include "nas/sweep/evaluator.hpp"

namespace phasecore::sweep {

PointEvaluator::PointEvaluator(const Problem& problem) : problem_(problem) {
  for (std::size_t p = 0; p < problem.points.choices.size(); ++p) numbers_[problem.points.choices[p]] = p;
}

evaluate::Fidelity PointEvaluator::fidelity(int) const {
  return problem_.settings.engine == run::Engine::Analytic ? evaluate::Fidelity::Analytic
                                                           : evaluate::Fidelity::Cycle;
}

std::vector<std::string> PointEvaluator::figures(int) const {
  std::vector<std::string> names;
  for (const auto& kind : problem_.catalogue.kinds()) names.push_back(kind.name);
  return names;
}

figures::Figures PointEvaluator::measured(const Point& point, const Member& member) const {
  run::Options options;
  options.engine = problem_.settings.engine;
  options.seed = static_cast<std::uint64_t>(problem_.settings.seed);
  options.accuracy.times_s = problem_.times_s;
  options.accuracy.instances = problem_.settings.instances;
  options.accuracy.compensation = point.compensation;
  options.accuracy.layer_figures = false;
  const Loaded& loaded = *member.loaded;
  return evaluate::figures_of(
      run::simulate(loaded.network, *point.chip, point.device, loaded.data ? &*loaded.data : nullptr, options,
                    chips_of_process_.get()),
      problem_.measures);
}

evaluate::Outcome PointEvaluator::evaluate(const std::vector<int>& genes, int) const {
  const Point& point = problem_.built.at(numbers_.at(genes));
  std::vector<evaluate::OfNetwork> each;
  for (const Member& member : point.members) {
    each.push_back({member.name, member.weight, {}});
    try {
      each.back().outcome.figures = measured(point, member);
    } catch (const common::InputError& e) {
      evaluate::Outcome failed;
      failed.failure =
          (point.members.size() > 1 ? "network '" + member.name + "': " : "") + evaluate::on_one_line(e);
      return failed;
    }
  }
  return evaluate::together(each, problem_.settings.over_networks, problem_.catalogue);
}

}  // namespace phasecore::sweep
