// The phasecore program as a user runs it.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <string>

#include "tests/support/support.hpp"

namespace phasecore::test {

/// `phasecore <arguments>` through the shell.
inline CommandResult phasecore(const std::string& arguments) {
  return run_command(std::string(PHASECORE_PROGRAM) + " " + arguments);
}

/// The JSON document of `phasecore <arguments> --json`, which must succeed.
inline nlohmann::json phasecore_json(const std::string& arguments) {
  const CommandResult result = phasecore(arguments + " --json");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  return nlohmann::json::parse(result.out);
}

/// Starts `phasecore <arguments>` in the background; what it says goes to `errors` alone.
inline pid_t start(const std::string& arguments, const std::string& errors = "/dev/null") {
  const std::string command =
      std::string("exec ") + PHASECORE_PROGRAM + " " + arguments + " >/dev/null 2>'" + errors + "'";
  const pid_t child = ::fork();
  if (child != 0) return child;
  ::execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
  ::_exit(99);
}

/// Its end; what waitpid() says of it.
inline int wait_for(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

/// A shell-quoted file of the source tree.
inline std::string data_file(const std::string& relative) {
  return "'" + source_path(relative) + "'";
}

}  // namespace phasecore::test
