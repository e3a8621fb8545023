#include "tests/support/support.hpp"

#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace phasecore::test {
namespace {

template <class Error>
std::string message_of(const std::function<void()>& action, const char* expected) {
  try {
    action();
  } catch (const Error& e) {
    return e.what();
  } catch (const std::exception& e) {
    ADD_FAILURE() << "expected " << expected << ", but another exception came: " << e.what();
    return "";
  }
  ADD_FAILURE() << "expected " << expected << ", but nothing was thrown";
  return "";
}

}  // namespace

std::string source_path(const std::string& relative) {
  return std::string(PHASECORE_SOURCE_DIR) + "/" + relative;
}

TempDirectory::TempDirectory() {
  std::string name = (std::filesystem::temp_directory_path() / "phasecore-test-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw common::EnvironmentError("cannot create " + name);
  path_ = name;
}

TempDirectory::~TempDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << "cannot read " << path;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void write_text(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  EXPECT_TRUE(file.good()) << "cannot write " << path;
}

common::YamlNode yaml(const std::string& text, const std::string& file) {
  common::Diagnostics diagnostics;
  common::YamlNode node = common::parse_yaml(text, file, diagnostics);
  diagnostics.raise_if_any();
  return node;
}

std::string input_error(const std::function<void()>& action) {
  return message_of<common::InputError>(action, "an InputError");
}
std::string environment_error(const std::function<void()>& action) {
  return message_of<common::EnvironmentError>(action, "an EnvironmentError");
}
std::string internal_error(const std::function<void()>& action) {
  return message_of<common::InternalError>(action, "an InternalError");
}

void expect_input_error(const std::function<void()>& action, const std::string& message) {
  EXPECT_EQ(input_error(action), message);
}

void expect_first_error(const std::function<void()>& action, const std::string& message) {
  const std::string all = input_error(action);
  EXPECT_EQ(all.substr(0, all.find('\n')), message) << all;
}

CommandResult run_command(const std::string& command) {
  const TempDirectory place;
  const std::string whole =
      "( " + command + "\n) >'" + (place / "out") + "' 2>'" + (place / "err") + "' </dev/null";
  const int status = std::system(whole.c_str());
  CommandResult result;
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  result.out = read_text(place / "out");
  result.err = read_text(place / "err");
  return result;
}

}  // namespace phasecore::test
