// The command line that search and sweep have in common.
#pragma once

#include <boost/program_options.hpp>
#include <string>
#include <vector>

namespace phasecore::app {

/// What one of them says of itself in the help.
struct Exploration {
  const char* name;     ///< "search": the command, its positional option, and what it runs
  const char* file;     ///< "SEARCH.yaml"
  const char* example;  ///< of --set
  const char* printed;  ///< "the table", "the tables"
};

boost::program_options::options_description exploration_options(const Exploration& what);

/// The shipped name or file. Throws InputError where none is given.
std::string given_settings(const Exploration& what, const boost::program_options::variables_map& values);
/// --set and --seed, as key=value.
std::vector<std::string> given_assignments(const boost::program_options::variables_map& values);

}  // namespace phasecore::app
