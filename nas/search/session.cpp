#include "nas/search/session.hpp"

#include <fmt/format.h>

#include <functional>
#include <limits>
#include <nlohmann/json.hpp>

#include "common/json_text.hpp"
#include "common/version.hpp"
#include "nas/search/importance.hpp"
#include "nas/search/networks.hpp"
#include "nas/search/pages.hpp"
#include "nas/search/report.hpp"
#include "nas/search/tables.hpp"
#include "sim/session/models.hpp"

namespace phasecore::search {
namespace {

constexpr double kCpuSeconds = 600;  // of an evaluation that trains nothing

struct KneeReport {
  std::map<std::string, std::string> files;
  bool interrupted = false;    ///< Ctrl-C ends the processes of a simulation
  std::exception_ptr failure;  ///< why there is none
};

/// Tried once more when the machine was the cause: a process that was killed from outside. Whatever happens,
/// the front is there.
KneeReport try_knee_report(const Problem& problem, const Result& result, run::ChipRunner& chips, int workers,
                           const std::function<bool()>& interrupted) {
  KneeReport report;
  for (int attempt = 1; attempt <= 2; ++attempt) {
    try {
      return {knee_report(problem, result, chips, workers), false, nullptr};
    } catch (const common::EnvironmentError&) {
      report.failure = std::current_exception();
    } catch (const std::exception&) {
      report.failure = std::current_exception();
      attempt = 2;
    }
    if (interrupted && interrupted()) return {{}, true, nullptr};
  }
  return report;
}

std::map<std::string, std::string> tables(const Problem& problem, const Result& result, bool complete) {
  std::map<std::string, std::string> files;
  files["candidates.csv"] = candidates_table(problem, result).csv();
  files["front.csv"] = front_table(problem, result).csv();
  if (problem.fine_tuned_step && complete) files["fine_tuned.csv"] = fine_tuned_table(problem, result).csv();
  files["hypervolume.csv"] = trace_table(problem, result).csv();
  files["importance.csv"] = importance_table(problem, result).csv();
  files["config.resolved.yaml"] = common::dump_fields(problem.settings);
  return files;
}

std::exception_ptr thrown_by(const std::function<void()>& action) {
  try {
    action();
  } catch (...) {
    return std::current_exception();
  }
  return nullptr;
}

archive::Mode mode_of(const SessionOptions& options) {
  if (options.resume && options.out.empty())
    throw common::InputError("--resume needs --out: the directory that holds the archive");
  return options.resume ? archive::Mode::Resume : archive::Mode::Fresh;
}

std::unique_ptr<results::ResultDirectory> directory_of(const SessionOptions& options) {
  const archive::Mode mode = mode_of(options);
  return options.out.empty() ? nullptr : std::make_unique<results::ResultDirectory>(options.out, mode);
}

evaluate::JobLimits limits_of(const Problem& problem) {
  const auto& limits = problem.settings.evaluator;
  const bool is_foreign = limits.recipe || !limits.command.empty();
  const double no_limit = std::numeric_limits<double>::infinity();
  return {limits.cpu_seconds.value_or(is_foreign ? no_limit : kCpuSeconds), limits.still_seconds};
}

/// What has to be equal in all ranks.
std::string identity_of(const Problem& problem) {
  return archive::to_text(problem.identity) + "program: " + common::git_revision() + "\n";
}

}  // namespace

Session::Session(const LoadedSettings& loaded, const SessionOptions& options, run::ChipRunner& chips)
    : options_(options),
      chips_(chips),
      out_(directory_of(options)),
      problem_(pose(loaded, {session::zoo_directory(), out_ ? out_->trained_path() : ""})) {
  pool_ = evaluate::make_pool([this] { return problem_.evaluator; }, options_.workers, limits_of(problem_),
                              options_.ranks, identity_of(problem_));
  archive_ = std::make_unique<archive::Archive>(
      out_ ? out_->archive_path() : ":memory:", problem_.identity, mode_of(options_),
      fmt::format("seed {}, phasecore {}", problem_.settings.seed, common::git_revision()));
}

Session::~Session() = default;

void Session::make_files(Ended& ended, const Hooks& hooks) {
  if (out_) out_->check_in_place(*archive_);  // now: networks trained on the way would be trained anew
  KneeReport knee;
  if (!ended.interrupted)
    knee = try_knee_report(problem_, ended.result, chips_, options_.workers, hooks.interrupted);
  ended.files = front_networks(problem_, ended.result);
  ended.files.merge(knee.files);
  ended.interrupted |= knee.interrupted;
  ended.knee_failure = knee.failure;
}

void Session::publish(const Ended& ended) {
  if (!out_) return;
  out_->check_in_place(*archive_);
  archive_->close();
  out_->publish(ended.files);
}

Ended Session::run(const Hooks& hooks) {
  Ended ended;
  ended.result = search::run(problem_, *archive_, *pool_, hooks);
  ended.interrupted = ended.result.stop == Stop::Interrupted;
  const bool makes_files = out_ || options_.makes_files;
  if (makes_files) ended.unwritten = thrown_by([&] { make_files(ended, hooks); });
  ended.text = front_text(problem_, ended.result);
  ended.document = common::json_text(to_json(problem_, ended.result, hooks.seconds()), 1) + "\n";
  if (!makes_files || ended.unwritten) return ended;
  ended.unwritten = thrown_by([&] {
    ended.files.merge(tables(problem_, ended.result, !ended.interrupted));
    ended.files["report.json"] = ended.document;
    ended.files["report.txt"] = ended.text;
    add_pages(ended.files);
    publish(ended);
  });
  return ended;
}

void serve_rank(process::Ranks& ranks, const SessionOptions& options,
                const std::function<LoadedSettings()>& load) {
  evaluate::serve_rank(ranks, options.workers, [&] {
    const std::string trained = options.out.empty() ? "" : results::trained_path(options.out);
    const Problem problem = pose(load(), {session::zoo_directory(), trained});
    return evaluate::Service{problem.evaluator, limits_of(problem), identity_of(problem)};
  });
}

}  // namespace phasecore::search
