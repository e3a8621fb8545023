// phasecore search: the networks of a space that are best on a chip.
#include "nas/search/search.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <exception>
#include <functional>
#include <iostream>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "app/command.hpp"
#include "app/exploration.hpp"
#include "app/interrupt.hpp"
#include "common/json_text.hpp"
#include "common/progress.hpp"
#include "common/text.hpp"
#include "common/version.hpp"
#include "nas/results/result_directory.hpp"
#include "nas/search/networks.hpp"
#include "nas/search/pages.hpp"
#include "nas/search/report.hpp"
#include "nas/search/tables.hpp"
#include "sim/session/models.hpp"

namespace phasecore::app {
namespace {

namespace po = boost::program_options;
using Clock = std::chrono::steady_clock;

constexpr Exploration exploration{"search", "SEARCH.yaml", "budget.evaluations=100", "the table"};

/// Candidates out of the budget, or seconds out of it where there is only that.
class SearchProgress {
 public:
  SearchProgress(const search::Budget& budget, Clock::time_point start)
      : budget_(budget), start_(start), line_("search", total(), true) {}

  void show(const search::TracePoint& now, bool end = false) {
    std::size_t done = static_cast<std::size_t>(now.evaluations);
    if (!budget_.evaluations)
      done = static_cast<std::size_t>(std::chrono::duration<double>(Clock::now() - start_).count());
    std::string note = fmt::format("front {}", now.front);
    if (!budget_.evaluations) note = fmt::format("{} evaluations, ", now.evaluations) + note;
    if (now.hypervolume) note += fmt::format(", hypervolume {:.6g}", *now.hypervolume);
    line_.update(end ? total() : std::min(done, total() - 1), note);
  }

 private:
  std::size_t total() const {
    return budget_.evaluations ? static_cast<std::size_t>(*budget_.evaluations)
                               : static_cast<std::size_t>(std::ceil(60 * *budget_.minutes)) + 1;
  }
  search::Budget budget_;
  Clock::time_point start_;
  common::Progress line_;
};

search::Result run_with_progress(const search::Problem& problem, archive::Archive& archive,
                                 evaluate::Pool& pool, Clock::time_point start) {
  SearchProgress progress(problem.settings.budget, start);
  std::optional<common::Progress> final_line;
  search::Hooks hooks;
  hooks.interrupted = interrupted;
  hooks.seconds = [start] { return std::chrono::duration<double>(Clock::now() - start).count(); };
  hooks.progress = [&](const search::TracePoint& now) { progress.show(now); };
  hooks.ended = [&](const search::TracePoint& last) { progress.show(last, true); };
  hooks.final_progress = [&](const std::string& step, std::size_t done, std::size_t all) {
    if (done == 1) final_line.emplace(step == "final" ? "front on test images" : "front, " + step, all, true);
    final_line->update(done);
  };
  return search::run(problem, archive, pool, hooks);
}

struct KneeReport {
  std::map<std::string, std::string> files;
  bool interrupted = false;    ///< Ctrl-C ends the processes of a simulation
  std::exception_ptr failure;  ///< why there is none
};

/// Tried once more when the machine was the cause: a process that was killed from outside. Whatever happens,
/// the front is there.
KneeReport try_knee_report(const search::Problem& problem, const search::Result& result,
                           run::ChipRunner& chips, int workers) {
  KneeReport report;
  for (int attempt = 1; attempt <= 2; ++attempt) {
    try {
      return {search::knee_report(problem, result, chips, workers), false, nullptr};
    } catch (const common::EnvironmentError&) {
      report.failure = std::current_exception();
    } catch (const std::exception&) {
      report.failure = std::current_exception();
      attempt = 2;
    }
    if (interrupted()) return {{}, true, nullptr};
  }
  return report;
}

[[noreturn]] void fail_without_knee(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const common::EnvironmentError& e) {
    throw common::EnvironmentError(fmt::format(
        "the front is written, but not the report about its knee: {}; --resume writes it", e.what()));
  }
}

std::map<std::string, std::string> tables(const search::Problem& problem, const search::Result& result,
                                          bool complete) {
  std::map<std::string, std::string> files;
  files["candidates.csv"] = search::candidates_table(problem, result).csv();
  files["front.csv"] = search::front_table(problem, result).csv();
  if (problem.fine_tuned_step && complete)
    files["fine_tuned.csv"] = search::fine_tuned_table(problem, result).csv();
  files["hypervolume.csv"] = search::trace_table(problem, result).csv();
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

}  // namespace

int run_search(const Arguments& arguments) {
  const auto start = Clock::now();
  po::positional_options_description positional;
  positional.add("search", 1);
  po::variables_map values;
  if (parse(command("search"), arguments, exploration_options(exploration), positional, values)) return 0;
  const int workers = values["workers"].as<int>();
  if (workers < 1) throw common::InputError(fmt::format("--workers is {}; allowed is at least 1", workers));
  const bool resume = values["resume"].as<bool>();
  if (resume && values.count("out") == 0)
    throw common::InputError("--resume needs --out: the directory that holds the archive");

  run::ChipRunner chips;  // forks its small template process before anything grows
  watch_interrupts();
  const search::LoadedSettings loaded =
      search::load_settings(given_settings(exploration, values), given_assignments(values));
  std::optional<results::ResultDirectory> out;
  const archive::Mode mode = resume ? archive::Mode::Resume : archive::Mode::Fresh;
  if (values.count("out")) out.emplace(values["out"].as<std::string>(), mode);
  const search::Problem problem =
      search::pose(loaded, {session::zoo_directory(), out ? out->trained_path() : ""});
  const auto& limits = problem.settings.evaluator;
  const double cpu_s = limits.cpu_seconds.value_or(
      limits.recipe || !limits.command.empty() ? std::numeric_limits<double>::infinity() : 600);
  evaluate::Pool pool([&] { return problem.evaluator; }, workers, {cpu_s, limits.still_seconds});
  archive::Archive archive(
      out ? out->archive_path() : ":memory:", problem.identity, mode,
      fmt::format("seed {}, phasecore {}", problem.settings.seed, common::git_revision()));

  const search::Result result = run_with_progress(problem, archive, pool, start);
  KneeReport knee;
  std::map<std::string, std::string> files;
  std::exception_ptr unwritten = thrown_by([&] {
    if (!out) return;
    out->check_in_place(archive);  // now: networks that were trained on the way would be trained anew
    if (result.stop != search::Stop::Interrupted) knee = try_knee_report(problem, result, chips, workers);
    files = search::front_networks(problem, result);
  });
  const bool ended_early = result.stop == search::Stop::Interrupted || knee.interrupted;
  const std::string text = search::front_text(problem, result);
  const std::chrono::duration<double> wall = Clock::now() - start;
  const std::string document = common::json_text(search::to_json(problem, result, wall.count()), 1) + "\n";
  if (out && !unwritten)
    unwritten = thrown_by([&] {
      files.merge(knee.files);
      files.merge(tables(problem, result, !ended_early));
      files["report.json"] = document;
      files["report.txt"] = text;
      search::add_pages(files);
      out->check_in_place(archive);
      archive.close();
      out->publish(files);
    });
  const bool json = values["json"].as<bool>();
  std::cout << (json ? document : text);  // whatever became of the files
  if (unwritten) std::rethrow_exception(unwritten);
  if (out && !json) std::cout << "Written: " << common::printable(values["out"].as<std::string>()) << "\n";
  if (knee.failure) fail_without_knee(knee.failure);
  if (ended_early && out) std::cerr << "Interrupted; --resume goes on with this search\n";
  if (ended_early) return kInterrupted;
  return static_cast<int>(result.front.empty() ? common::ExitCode::CheckFailed : common::ExitCode::Done);
}

}  // namespace phasecore::app
