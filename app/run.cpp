// The phasecore program: picks the subcommand.
#include <iostream>

#include "app/command.hpp"
#include "common/diagnostics.hpp"
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

}  // namespace

int run(const Arguments& arguments) {
  if (arguments.empty() || arguments[0] == "--help" || arguments[0] == "-h" || arguments[0] == "help") {
    print_help();
    return static_cast<int>(arguments.empty() ? common::ExitCode::BadInput : common::ExitCode::Done);
  }
  if (arguments[0] == "--version") {
    std::cout << "phasecore " << common::version() << " (" << common::git_revision() << ", "
              << common::compiler() << ")\n";
    return 0;
  }
  return command(arguments[0]).run({arguments.begin() + 1, arguments.end()});
}

}  // namespace phasecore::app
