#include <functional>

#include "app/library/inside.hpp"
#include "nas/search/session.hpp"
#include "nas/sweep/session.hpp"

namespace phasecore {
inline namespace v1 {

using library::translated;

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

int workers_of(const ExploreOptions& options) {
  if (options.resume && options.out.empty())
    throw common::InputError("resume needs out: the directory that holds the archive");
  return library::between(options.workers, 1, 4096, "workers");
}

std::string reason_of(const std::exception_ptr& failure) {
  if (!failure) return "";
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& e) {
    return e.what();
  }
}

Exploration sweep_of(const std::function<sweep::LoadedSettings()>& load, const ExploreOptions& options) {
  const auto start = Clock::now();
  sweep::SessionOptions session_options;
  session_options.workers = workers_of(options);
  session_options.out = options.out;
  session_options.resume = options.resume;
  const auto lock = library::one_at_a_time();
  sweep::Session session(load(), session_options);
  library::Watcher watcher(options.watch);
  const std::size_t points = session.problem().built.size();
  const sweep::Result result = session.run([&](std::size_t done) { watcher.tell("sweep", done, points); },
                                           [&] { return watcher.stops(); });
  Exploration found;
  found.files = sweep::files(session.problem(), result, seconds_since(start));
  found.json = found.files.at("report.json");
  found.text = sweep::to_text(session.problem(), result);
  session.publish(found.files);
  return found;
}

search::Hooks hooks_of(const search::Problem& problem, library::Watcher& watcher, Clock::time_point start) {
  search::Hooks hooks;
  hooks.interrupted = [&watcher] { return watcher.stops(); };
  hooks.seconds = [start] { return seconds_since(start); };
  const auto tell = [&watcher](const std::string& step, std::size_t done, std::size_t all) {
    try {
      watcher.tell(step, done, all);
    } catch (const library::StopAsked&) {
      // The search itself asks, and ends with what it knows.
    }
  };
  const std::size_t budget = static_cast<std::size_t>(problem.settings.budget.evaluations.value_or(0));
  hooks.progress = [tell, budget](const search::TracePoint& now) {
    tell("search", static_cast<std::size_t>(now.evaluations), budget);
  };
  hooks.final_progress = [tell](evaluate::Fidelity fidelity, std::size_t done, std::size_t all) {
    tell(name_of(fidelity), done, all);
  };
  return hooks;
}

Exploration search_of(const std::function<search::LoadedSettings()>& load, const ExploreOptions& options) {
  const auto start = Clock::now();
  search::SessionOptions session_options;
  session_options.workers = workers_of(options);
  session_options.out = options.out;
  session_options.resume = options.resume;
  const auto lock = library::one_at_a_time();
  run::ChipRunner& chips = library::chips();
  search::Session session(load(), session_options, chips);
  library::Watcher watcher(options.watch);
  search::Ended ended = session.run(hooks_of(session.problem(), watcher, start));
  if (ended.unwritten) std::rethrow_exception(ended.unwritten);
  return {ended.interrupted, std::move(ended.document), std::move(ended.text), std::move(ended.files),
          reason_of(ended.knee_failure)};
}

}  // namespace

Exploration run_sweep(const std::string& name_or_file, const ExploreOptions& options) {
  return translated(
      [&] { return sweep_of([&] { return sweep::load_settings(name_or_file, options.set); }, options); });
}

Exploration run_sweep_text(const std::string& text, const ExploreOptions& options) {
  return translated([&] {
    return sweep_of([&] { return sweep::load_settings_text(text, "sweep", options.set); }, options);
  });
}

Exploration run_search(const std::string& name_or_file, const ExploreOptions& options) {
  return translated(
      [&] { return search_of([&] { return search::load_settings(name_or_file, options.set); }, options); });
}

Exploration run_search_text(const std::string& text, const ExploreOptions& options) {
  return translated([&] {
    return search_of([&] { return search::load_settings_text(text, "search", options.set); }, options);
  });
}

}  // namespace v1
}  // namespace phasecore
