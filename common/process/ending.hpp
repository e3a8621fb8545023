// How a child process ended.
#pragma once

#include <string>

namespace phasecore::process {

/// Did the cause come from outside (the user, a limit, the kernel short of memory)? All signals do but those
/// that a broken program raises itself; an exit code is its own doing. `status` is waitpid()'s.
bool ended_from_outside(int status);

/// "was killed by signal 9 (Killed); out of memory?", "left with exit code 3"; `when` (" in job 4") follows
/// the verb.
std::string end_text(int status, const std::string& when = "");

/// The same of a program of another kind: "was killed by signal 9 (Killed)", "ended with code 3".
std::string ending_text(int status);

}  // namespace phasecore::process
