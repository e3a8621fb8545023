// phasecore sweep: settings of chip, device, network and data varied, and what each of them moves.
#include <chrono>
#include <iostream>

#include "app/command.hpp"
#include "app/exploration.hpp"
#include "app/interrupt.hpp"
#include "common/progress.hpp"
#include "common/text.hpp"
#include "nas/sweep/session.hpp"

namespace phasecore::app {
namespace {

namespace po = boost::program_options;
using Clock = std::chrono::steady_clock;

constexpr Exploration exploration{"sweep", "SWEEP.yaml", "samples=1000", "the tables"};

}  // namespace

int run_sweep(const Arguments& arguments) {
  const auto start = Clock::now();
  po::positional_options_description positional;
  positional.add("sweep", 1);
  po::variables_map values;
  if (parse(command("sweep"), arguments, exploration_options(exploration), positional, values)) return 0;
  sweep::SessionOptions options;
  options.workers = at_least(values["workers"].as<int>(), 1, "--workers");
  options.resume = values["resume"].as<bool>();
  options.on_notes = note;
  if (values.count("out")) options.out = values["out"].as<std::string>();
  if (options.resume && options.out.empty())
    throw common::InputError("--resume needs --out: the directory that holds the archive");

  const auto load = [&] {
    return sweep::load_settings(given_settings(exploration, values), given_assignments(values));
  };
  const auto ranks = process::join_ranks();
  options.ranks = ranks.get();
  watch_interrupts();
  if (ranks && ranks->rank() > 0) {
    sweep::serve_rank(*ranks, options, load);
    return 0;
  }

  const sweep::LoadedSettings loaded = load();
  sweep::Session session(loaded, options);
  const bool writes = !options.out.empty();
  common::Progress line("sweep", session.problem().built.size(), true);
  sweep::Result result;
  try {
    result = session.run([&](std::size_t done) { line.update(done); }, interrupted);
    if (ranks) ranks->leave();
  } catch (const evaluate::Interrupted&) {
    if (ranks) ranks->leave();
    std::cerr << (writes ? "Interrupted; --resume goes on with this sweep\n" : "Interrupted\n");
    return kInterrupted;
  }
  const sweep::Problem& problem = session.problem();
  const std::chrono::duration<double> wall = Clock::now() - start;
  const bool json = values["json"].as<bool>();
  std::cout << (json ? sweep::to_json(problem, result, wall.count()) : sweep::to_text(problem, result));
  if (writes) {
    session.publish(sweep::files(problem, result, wall.count()));
    if (!json) std::cout << "Written: " << common::printable(options.out) << "\n";
  }
  return static_cast<int>(result.front.empty() ? common::ExitCode::CheckFailed : common::ExitCode::Done);
}

}  // namespace phasecore::app
