// The phasecore program with a command of its own, added without touching a file of ours.
#include <iostream>

#include "app/command.hpp"
#include "common/diagnostics.hpp"
#include "common/run_program.hpp"
#include "sim/config/chip.hpp"

namespace {

using namespace phasecore;

/// phasecore cores CHIP
int run_cores(const app::Arguments& arguments) {
  namespace po = boost::program_options;
  po::options_description options;
  options.add_options()("chip", po::value<std::string>(), "shipped chip or FILE.yaml");
  po::positional_options_description positional;
  positional.add("chip", 1);
  po::variables_map values;
  if (app::parse(app::command("cores"), arguments, options, positional, values)) return 0;
  if (values.count("chip") == 0) throw common::InputError("no chip given");
  std::cout << config::load_chip(values["chip"].as<std::string>()).cores() << "\n";
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  app::commands().push_back({"cores", "CHIP", "how many cores a chip has", run_cores});
  return common::run_program("phasecore", [&] { return app::run({argv + 1, argv + argc}); });
}
