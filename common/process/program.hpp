// A program that is started, waited for and talks through files.
#pragma once

#include <string>
#include <vector>

namespace phasecore::process {

struct ChildFiles {
  std::string in = "/dev/null";
  std::string out;  ///< created, or appended to
  std::string err;  ///< created, or begun anew
};

/// Runs `command` (a file, or a name on PATH, then its arguments) and returns its status as waitpid() does.
/// The child is killed when this process ends. A program that cannot be executed, or whose files cannot be
/// opened, ends with code 127. Throws EnvironmentError when no process can be started.
int run_child(const std::vector<std::string>& command, const ChildFiles& files);

/// Is this how run_child() says that the program could not begin?
bool could_not_begin(int status);

/// The last line that a program wrote into `file`, of progress written over and over what is left; "" for
/// none.
std::string last_words(const std::string& file);

}  // namespace phasecore::process
