// What many tests need: places, files, expected refusals.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "common/diagnostics.hpp"
#include "common/yaml.hpp"

namespace phasecore::test {

/// A file of the source tree: source_path("configs/chips/hermes.yaml").
std::string source_path(const std::string& relative);

/// An empty directory that disappears with everything in it.
class TempDirectory {
 public:
  TempDirectory();
  ~TempDirectory();
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;
  const std::string& path() const { return path_; }
  /// A name inside.
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

/// Whole file; fails the test if it cannot be read.
std::string read_text(const std::string& path);
/// Writes a file; fails the test if it cannot.
void write_text(const std::string& path, const std::string& text);

/// Parses YAML that must be right; throws InputError if it is not.
common::YamlNode yaml(const std::string& text, const std::string& file = "test.yaml");

/// The message of the InputError / EnvironmentError / InternalError that `action` throws. Anything else it
/// throws, or nothing, fails the test and gives "".
std::string input_error(const std::function<void()>& action);
std::string environment_error(const std::function<void()>& action);
std::string internal_error(const std::function<void()>& action);

/// `action` must throw InputError with exactly this what() ("error: ..." and places included, one message per
/// line).
void expect_input_error(const std::function<void()>& action, const std::string& message);
/// The same of its first line alone.
void expect_first_error(const std::function<void()>& action, const std::string& message);

/// Runs a shell command; its standard output, standard error and exit code.
struct CommandResult {
  int exit_code = -1;
  std::string out;
  std::string err;
};
CommandResult run_command(const std::string& command);

}  // namespace phasecore::test
