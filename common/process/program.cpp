#include "common/process/program.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <sstream>

#include "common/diagnostics.hpp"
#include "common/files.hpp"
#include "common/process/fork.hpp"

namespace phasecore::process {
namespace {

constexpr int kCouldNotBegin = 127;

/// The child between fork and exec: only calls that are safe there.
[[noreturn]] void become(char* const* arguments, const ChildFiles& files, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // it must not outlive who waits for it
  if (::getppid() != parent) ::_exit(kCouldNotBegin);
  const int in = ::open(files.in.c_str(), O_RDONLY);
  const int out = ::open(files.out.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0666);
  const int err = ::open(files.err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
  if (in < 0 || out < 0 || err < 0) ::_exit(kCouldNotBegin);
  ::dup2(in, 0);
  ::dup2(out, 1);
  ::dup2(err, 2);
  ::execvp(arguments[0], arguments);
  ::_exit(kCouldNotBegin);
}

}  // namespace

int run_child(const std::vector<std::string>& command, const ChildFiles& files) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0)
    throw common::EnvironmentError(fmt::format("cannot start {}: {}", command[0], std::strerror(errno)));
  if (pid == 0) become(arguments.data(), files, parent);
  return wait_for(pid);
}

bool could_not_begin(int status) {
  return WIFEXITED(status) && WEXITSTATUS(status) == kCouldNotBegin;
}

std::string last_words(const std::string& file) {
  std::string last;
  if (!std::filesystem::exists(file)) return last;
  std::istringstream lines(common::read_file(file));
  for (std::string line; std::getline(lines, line);) {
    line = line.substr(line.rfind('\r') + 1);
    if (!line.empty()) last = line;
  }
  return last;
}

}  // namespace phasecore::process
