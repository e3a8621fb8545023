// phasecore search: the networks of a space that are best on a chip.
#include "nas/search/search.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <iostream>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

#include "app/command.hpp"
#include "app/interrupt.hpp"
#include "app/models.hpp"
#include "common/json_text.hpp"
#include "common/process_pool.hpp"
#include "common/progress.hpp"
#include "common/text.hpp"
#include "common/version.hpp"
#include "nas/search/networks.hpp"
#include "nas/search/report.hpp"
#include "nas/search/result_directory.hpp"
#include "nas/search/tables.hpp"

namespace phasecore::app {
namespace {

namespace po = boost::program_options;
using Clock = std::chrono::steady_clock;

po::options_description search_options() {
  po::options_description o;
  auto add = o.add_options();
  add("search", po::value<std::string>(),
      "a shipped search or SEARCH.yaml (also as the first argument; keys: phasecore describe search)");
  add("set", po::value<std::vector<std::string>>()->composing(),
      "change a key: --set budget.evaluations=100 (repeatable)");
  add("seed", po::value<int>(), "seed of every random number");
  add("workers", po::value<int>()->default_value(common::available_processors()), "processes");
  add("resume", po::bool_switch(), "go on with the search whose archive is in --out");
  add("json", po::bool_switch(), "print report.json instead of the table");
  add("out", po::value<std::string>(), "directory for the archive and all results");
  return o;
}

search::LoadedSettings load(const po::variables_map& v) {
  if (v.count("search") == 0)
    throw common::InputError("no search given; usage: phasecore search SEARCH.yaml [options]");
  auto assignments = v.count("set") ? v["set"].as<std::vector<std::string>>() : std::vector<std::string>{};
  if (v.count("seed")) assignments.push_back("seed=" + std::to_string(v["seed"].as<int>()));
  return search::load_settings(v["search"].as<std::string>(), assignments);
}

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

}  // namespace

int run_search(const Arguments& arguments) {
  const auto start = Clock::now();
  po::positional_options_description positional;
  positional.add("search", 1);
  po::variables_map values;
  if (parse(command("search"), arguments, search_options(), positional, values)) return 0;
  const int workers = values["workers"].as<int>();
  if (workers < 1) throw common::InputError(fmt::format("--workers is {}; allowed is at least 1", workers));
  const bool resume = values["resume"].as<bool>();
  if (resume && values.count("out") == 0)
    throw common::InputError("--resume needs --out: the directory that holds the archive");

  run::ChipRunner chips;  // forks its small template process before anything grows
  watch_interrupts();
  const search::LoadedSettings loaded = load(values);
  std::optional<search::ResultDirectory> out;
  if (values.count("out")) out.emplace(values["out"].as<std::string>());
  const search::Problem problem = search::pose(loaded, {zoo_directory(), out ? out->trained_path() : ""});
  const auto& limits = problem.settings.evaluator;
  const double cpu_s =
      limits.cpu_seconds.value_or(limits.recipe ? std::numeric_limits<double>::infinity() : 600);
  evaluate::Pool pool([&] { return problem.evaluator; }, workers, {cpu_s, limits.still_seconds});
  archive::Archive archive(
      out ? out->archive_path() : ":memory:", problem.identity,
      resume ? archive::Mode::Resume : archive::Mode::Fresh,
      fmt::format("seed {}, phasecore {}", problem.settings.seed, common::git_revision()));

  const search::Result result = run_with_progress(problem, archive, pool, start);
  archive.close();
  bool ended_early = result.stop == search::Stop::Interrupted;

  const std::string text = search::front_text(problem, result);
  std::map<std::string, std::string> files;
  try {
    if (out) files = search::front_networks(problem, result);
    if (out && !ended_early) files.merge(search::knee_report(problem, result, chips, workers));
  } catch (const std::exception&) {
    if (!interrupted()) throw;
    ended_early = true;  // Ctrl-C ends the processes of a simulation; the front is there all the same
  }
  const std::chrono::duration<double> wall = Clock::now() - start;
  const std::string document = common::json_text(search::to_json(problem, result, wall.count()), 1) + "\n";
  if (out) {
    files["report.json"] = document;
    files["report.txt"] = text;
    files["candidates.csv"] = search::candidates_table(problem, result).csv();
    files["front.csv"] = search::front_table(problem, result).csv();
    if (problem.fine_tuned_step && !ended_early)
      files["fine_tuned.csv"] = search::fine_tuned_table(problem, result).csv();
    files["hypervolume.csv"] = search::trace_table(problem, result).csv();
    files["config.resolved.yaml"] = common::dump_fields(problem.settings);
    out->publish(files);
  }
  const bool json = values["json"].as<bool>();
  std::cout << (json ? document : text);
  if (out && !json) std::cout << "Written: " << common::printable(values["out"].as<std::string>()) << "\n";
  if (ended_early && out) std::cerr << "Interrupted; --resume goes on with this search\n";
  return ended_early ? kInterrupted : 0;
}

}  // namespace phasecore::app
