// What stands around main(): standard streams, signals, errors as exit codes.
#pragma once

#include <functional>

namespace phasecore::common {

/// Runs the work of the program called `name` and returns its exit code. Before: standard streams that are
/// closed are occupied, and a file that grows beyond the user's limit is an error of the write instead of the
/// end of the process. After: errors are printed and become exit codes (ExitCode), also a standard output
/// that could not be written. SIGPIPE ends the program as it ends every other one: who reads no further wants
/// no more, and what is half written is removed by the next run.
int run_program(const char* name, const std::function<int()>& work);

}  // namespace phasecore::common
