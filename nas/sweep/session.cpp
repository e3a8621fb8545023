#include "nas/sweep/session.hpp"

#include <fmt/format.h>

#include "common/version.hpp"
#include "nas/sweep/evaluator.hpp"
#include "sim/session/models.hpp"

namespace phasecore::sweep {
namespace {

using OnNotes = std::function<void(const std::vector<std::string>&)>;

Loaded load_network(const std::string& name, const std::optional<std::string>& given,
                    const Settings& settings, const OnNotes& on_notes) {
  session::Model model = session::load_model(name);
  if (on_notes) on_notes(model.notes);
  Loaded loaded{std::move(model.network), model.sha256, std::nullopt};
  const std::string data = given.value_or(session::default_data(loaded.network));
  if (data == "none") return loaded;
  if (!model.trained) throw common::InputError(name + " has no trained weights; give data: none");
  const data::Reading reading =
      session::reading_for(loaded.network, session::chosen_normalisation(std::nullopt, loaded.network));
  const data::Part part = settings.on_test ? data::Part::Test : data::Part::Validation;
  loaded.data = {data::load(data, part, settings.samples, reading),
                 data::load(data, data::Part::Calibration, 0, reading)};
  if (loaded.data->test.size() < settings.samples)
    throw common::InputError(fmt::format("'samples' is {}; the {} part of {} has {} images", settings.samples,
                                         data::name_of(part), data, loaded.data->test.size()));
  return loaded;
}

Problem posed(const LoadedSettings& loaded, const OnNotes& on_notes) {
  return pose(loaded, [&](const std::string& name, const std::optional<std::string>& data,
                          const Settings& settings) { return load_network(name, data, settings, on_notes); });
}

evaluate::JobLimits limits_of(const Problem& problem) {
  return {problem.settings.cpu_seconds, problem.settings.still_seconds};
}

/// A problem and who evaluates its points, which refers to it.
struct Posed {
  Posed(const LoadedSettings& loaded, const OnNotes& on_notes)
      : problem(posed(loaded, on_notes)), evaluator(problem) {}
  Problem problem;
  PointEvaluator evaluator;
};

/// What has to be equal in all ranks.
std::string identity_of(const Problem& problem) {
  return archive::to_text(problem.identity) + "program: " + common::git_revision() + "\n";
}

}  // namespace

Session::Session(const LoadedSettings& loaded, const SessionOptions& options)
    : options_(options), problem_(posed(loaded, options.on_notes)) {
  if (options_.resume && options_.out.empty())
    throw common::InputError("--resume needs --out: the directory that holds the archive");
  const archive::Mode mode = options_.resume ? archive::Mode::Resume : archive::Mode::Fresh;
  if (!options_.out.empty()) out_ = std::make_unique<results::ResultDirectory>(options_.out, mode);
  const auto evaluator = std::make_shared<const PointEvaluator>(problem_);
  pool_ = evaluate::make_pool([&] { return evaluator; }, options_.workers, limits_of(problem_),
                              options_.ranks, identity_of(problem_));
  archive_ = std::make_unique<archive::Archive>(
      out_ ? out_->archive_path() : ":memory:", problem_.identity, mode,
      fmt::format("seed {}, phasecore {}", problem_.settings.seed, common::git_revision()));
}

Session::~Session() = default;

Result Session::run(const std::function<void(std::size_t done)>& progress,
                    const std::function<bool()>& stop) {
  try {
    return sweep::run(problem_, *archive_, *pool_, progress, stop);
  } catch (const evaluate::Interrupted&) {
    if (out_) archive_->close();
    throw;
  }
}

void Session::publish(const std::map<std::string, std::string>& files) {
  if (!out_) return;
  out_->check_in_place(*archive_);
  archive_->close();
  out_->publish(files);
}

void serve_rank(process::Ranks& ranks, const SessionOptions& options,
                const std::function<LoadedSettings()>& load) {
  evaluate::serve_rank(ranks, options.workers, [&] {
    const auto all = std::make_shared<const Posed>(load(), options.on_notes);
    return evaluate::Service{{all, &all->evaluator}, limits_of(all->problem), identity_of(all->problem)};
  });
}

}  // namespace phasecore::sweep
