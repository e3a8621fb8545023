// The phasecore program: picks the subcommand.
#include <fmt/format.h>

#include <iostream>

#include "app/command.hpp"
#include "common/diagnostics.hpp"
#include "common/process/ranks.hpp"
#include "common/version.hpp"

namespace phasecore::app {
namespace {

void print_help() {
  std::cout << "PhaseCore " << common::version()
            << ": what a network costs and loses on a phase-change-memory in-memory-computing chip\n\n"
               "usage: phasecore COMMAND ...\n\n";
  for (const auto& c : commands())
    std::cout << "  " << c.name << " " << c.usage << "\n      " << c.summary << "\n";
  std::cout << "\nphasecore COMMAND --help explains a command; phasecore --version tells the version.\n"
               "Exit codes: 0 done, 1 a requested check failed, 2 bad input, 3 environment, 70 our bug, "
               "130 interrupted.\n";
}

[[noreturn]] void refuse_ranks(const Command& command, int ranks) {
  throw common::InputError(
      fmt::format("'{0}' was started as {1} ranks, which would do the same work {1} times; search and sweep "
                  "share theirs, start everything else without mpirun and srun, or with one rank",
                  command.name, ranks));
}

}  // namespace

int run(const Arguments& arguments) {
  const auto place = process::launched_place();
  if (place && place->rank > 0) process::fall_silent();
  if (arguments.empty() || arguments[0] == "--help" || arguments[0] == "-h" || arguments[0] == "help") {
    print_help();
    return static_cast<int>(arguments.empty() ? common::ExitCode::BadInput : common::ExitCode::Done);
  }
  if (arguments[0] == "--version") {
    std::cout << "phasecore " << common::version() << " (" << common::git_revision() << ", "
              << common::compiler() << ")\n";
    return 0;
  }
  const Command& chosen = command(arguments[0]);
  if (place && !chosen.uses_ranks) refuse_ranks(chosen, place->size);
  return chosen.run({arguments.begin() + 1, arguments.end()});
}

}  // namespace phasecore::app
