// The phasecore program as a user runs it.
#pragma once

#include <gtest/gtest.h>

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

/// A shell-quoted file of the source tree.
inline std::string data_file(const std::string& relative) {
  return "'" + source_path(relative) + "'";
}

}  // namespace phasecore::test
