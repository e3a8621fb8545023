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
  bool uses_ranks = false;  ///< works with the other ranks that mpirun or srun has started
};

int run_simulate(const Arguments&);
int run_inspect(const Arguments&);
int run_map(const Arguments&);
int run_infer(const Arguments&);
int run_tile(const Arguments&);
int run_validate(const Arguments&);
int run_search(const Arguments&);
int run_sweep(const Arguments&);
int run_compare(const Arguments&);
int run_cut(const Arguments&);
int run_report(const Arguments&);
int run_train(const Arguments&);
int run_describe(const Arguments&);

/// All subcommands, in the order of the help; a program may add its own before run().
std::vector<Command>& commands();
const Command& command(const std::string& name);

/// The program: picks the subcommand, and returns its exit code. Throws what that throws.
int run(const Arguments& arguments);

/// Parses the arguments of one subcommand: no abbreviated options, `--help` prints usage and options and
/// returns true. Throws InputError for unknown, repeated or ill-typed options (with the nearest known one).
bool parse(const Command& command, const Arguments& arguments,
           const boost::program_options::options_description& options,
           const boost::program_options::positional_options_description& positional,
           boost::program_options::variables_map& values);

/// "1s,1d" -> its parts, empty ones too, so that they are refused as times.
std::vector<std::string> split_commas(const std::string& text);

/// `value`, if it is in its range. Throws InputError naming the option.
int at_least(int value, int minimum, const std::string& option);
int between(int value, int minimum, int maximum, const std::string& option);

/// Tells the user on standard error: "note: ...".
void note(const std::vector<std::string>& notes);

constexpr int kMostInstances = 10000;  ///< a day of computing; more is a slip of the keyboard

}  // namespace phasecore::app
