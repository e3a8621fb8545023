// phasecore search: the networks of a space that are best on a chip.
#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <exception>
#include <iostream>
#include <optional>

#include "app/command.hpp"
#include "app/exploration.hpp"
#include "app/interrupt.hpp"
#include "common/progress.hpp"
#include "common/text.hpp"
#include "nas/search/session.hpp"

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

search::Ended run_with_progress(search::Session& session, Clock::time_point start) {
  SearchProgress progress(session.problem().settings.budget, start);
  std::optional<common::Progress> final_line;
  search::Hooks hooks;
  hooks.interrupted = interrupted;
  hooks.seconds = [start] { return std::chrono::duration<double>(Clock::now() - start).count(); };
  hooks.progress = [&](const search::TracePoint& now) { progress.show(now); };
  hooks.ended = [&](const search::TracePoint& last) { progress.show(last, true); };
  hooks.final_progress = [&](evaluate::Fidelity fidelity, std::size_t done, std::size_t all) {
    const bool final = fidelity == evaluate::Fidelity::Final;
    if (done == 1)
      final_line.emplace(final ? "front on test images" : "front, " + name_of(fidelity), all, true);
    final_line->update(done);
  };
  return session.run(hooks);
}

[[noreturn]] void fail_without_knee(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const common::EnvironmentError& e) {
    throw common::EnvironmentError(fmt::format(
        "the front is written, but not the report about its knee: {}; --resume writes it", e.what()));
  }
}

}  // namespace

int run_search(const Arguments& arguments) {
  const auto start = Clock::now();
  po::positional_options_description positional;
  positional.add("search", 1);
  po::variables_map values;
  if (parse(command("search"), arguments, exploration_options(exploration), positional, values)) return 0;
  search::SessionOptions options;
  options.workers = at_least(values["workers"].as<int>(), 1, "--workers");
  options.resume = values["resume"].as<bool>();
  options.makes_files = false;
  if (values.count("out")) options.out = values["out"].as<std::string>();
  if (options.resume && options.out.empty())
    throw common::InputError("--resume needs --out: the directory that holds the archive");

  const auto load = [&] {
    return search::load_settings(given_settings(exploration, values), given_assignments(values));
  };
  const auto ranks = process::join_ranks();
  options.ranks = ranks.get();
  if (ranks && ranks->rank() > 0) {
    watch_interrupts();
    search::serve_rank(*ranks, options, load);
    return 0;
  }

  run::ChipRunner chips;  // forks its small template process before anything grows
  watch_interrupts();
  const search::LoadedSettings loaded = load();
  search::Session session(loaded, options, chips);
  const search::Ended ended = run_with_progress(session, start);
  if (ranks) ranks->leave();
  const bool json = values["json"].as<bool>(), writes = !options.out.empty();
  std::cout << (json ? ended.document : ended.text);  // whatever became of the files
  if (ended.unwritten) std::rethrow_exception(ended.unwritten);
  if (writes && !json) std::cout << "Written: " << common::printable(options.out) << "\n";
  if (ended.knee_failure) fail_without_knee(ended.knee_failure);
  if (ended.interrupted && writes) std::cerr << "Interrupted; --resume goes on with this search\n";
  if (ended.interrupted) return kInterrupted;
  return static_cast<int>(ended.result.front.empty() ? common::ExitCode::CheckFailed
                                                     : common::ExitCode::Done);
}

}  // namespace phasecore::app
