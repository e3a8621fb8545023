// phasecore sweep: settings of chip, device, network and data varied, and what each of them moves.
#include "nas/sweep/sweep.hpp"

#include <fmt/format.h>

#include <chrono>
#include <iostream>
#include <optional>

#include "app/command.hpp"
#include "app/exploration.hpp"
#include "app/interrupt.hpp"
#include "common/progress.hpp"
#include "common/text.hpp"
#include "common/version.hpp"
#include "nas/results/result_directory.hpp"
#include "nas/sweep/evaluator.hpp"
#include "sim/session/models.hpp"

namespace phasecore::app {
namespace {

namespace po = boost::program_options;
using Clock = std::chrono::steady_clock;

constexpr Exploration exploration{"sweep", "SWEEP.yaml", "samples=1000", "the tables"};

sweep::Loaded load_network(const std::string& name, const std::optional<std::string>& given,
                           const sweep::Settings& settings) {
  session::Model model = session::load_model(name);
  sweep::Loaded loaded{std::move(model.network), model.sha256, std::nullopt};
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

}  // namespace

int run_sweep(const Arguments& arguments) {
  const auto start = Clock::now();
  po::positional_options_description positional;
  positional.add("sweep", 1);
  po::variables_map values;
  if (parse(command("sweep"), arguments, exploration_options(exploration), positional, values)) return 0;
  const int workers = at_least(values["workers"].as<int>(), 1, "--workers");
  const bool resume = values["resume"].as<bool>();
  if (resume && values.count("out") == 0)
    throw common::InputError("--resume needs --out: the directory that holds the archive");

  watch_interrupts();
  const sweep::LoadedSettings loaded =
      sweep::load_settings(given_settings(exploration, values), given_assignments(values));
  const sweep::Problem problem = sweep::pose(loaded, load_network);
  std::optional<results::ResultDirectory> out;
  const archive::Mode mode = resume ? archive::Mode::Resume : archive::Mode::Fresh;
  if (values.count("out")) out.emplace(values["out"].as<std::string>(), mode);
  const auto evaluator = std::make_shared<const sweep::PointEvaluator>(problem);
  evaluate::Pool pool([&] { return evaluator; }, workers,
                      {problem.settings.cpu_seconds, problem.settings.still_seconds});
  archive::Archive archive(
      out ? out->archive_path() : ":memory:", problem.identity, mode,
      fmt::format("seed {}, phasecore {}", problem.settings.seed, common::git_revision()));

  common::Progress line("sweep", problem.built.size(), true);
  sweep::Result result;
  try {
    result = sweep::run(
        problem, archive, pool, [&](std::size_t done) { line.update(done); }, interrupted);
  } catch (const evaluate::Interrupted&) {
    if (out) archive.close();
    std::cerr << (out ? "Interrupted; --resume goes on with this sweep\n" : "Interrupted\n");
    return kInterrupted;
  }
  const std::chrono::duration<double> wall = Clock::now() - start;
  const bool json = values["json"].as<bool>();
  std::cout << (json ? sweep::to_json(problem, result, wall.count()) : sweep::to_text(problem, result));
  if (out) {
    const auto files = sweep::files(problem, result, wall.count());
    out->check_in_place(archive);
    archive.close();
    out->publish(files);
    if (!json) std::cout << "Written: " << common::printable(values["out"].as<std::string>()) << "\n";
  }
  return static_cast<int>(result.front.empty() ? common::ExitCode::CheckFailed : common::ExitCode::Done);
}

}  // namespace phasecore::app
