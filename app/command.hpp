// What every subcommand is: a name, a line of help, and a function from its arguments to an exit code.
#pragma once

#include <boost/program_options.hpp>
#include <string>
#include <vector>

namespace phasecore::app {

using Arguments = std::vector<std::string>;

struct Command {
  const char* name;
  const char* usage;
  const char* summary;
  int (*run)(const Arguments&);
};

int run_simulate(const Arguments&);
int run_inspect(const Arguments&);
int run_map(const Arguments&);
int run_infer(const Arguments&);
int run_search(const Arguments&);
int run_compare(const Arguments&);
int run_cut(const Arguments&);
int run_report(const Arguments&);
int run_train(const Arguments&);
int run_describe(const Arguments&);

/// All subcommands, in the order of the help.
const std::vector<Command>& commands();
const Command& command(const std::string& name);

/// Parses the arguments of one subcommand: no abbreviated options, `--help` prints usage and options and
/// returns true. Throws InputError for unknown, repeated or ill-typed options (with the nearest known one).
bool parse(const Command& command, const Arguments& arguments,
           const boost::program_options::options_description& options,
           const boost::program_options::positional_options_description& positional,
           boost::program_options::variables_map& values);

}  // namespace phasecore::app
