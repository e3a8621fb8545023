#include "common/process/ending.hpp"

#include <fmt/format.h>
#include <sys/wait.h>

#include <csignal>
#include <cstring>

namespace phasecore::process {

bool ended_from_outside(int status) {
  if (!WIFSIGNALED(status)) return false;
  for (const int ours : {SIGSEGV, SIGABRT, SIGFPE, SIGILL, SIGBUS, SIGSYS, SIGTRAP, SIGPIPE})
    if (WTERMSIG(status) == ours) return false;
  return true;
}

std::string end_text(int status, const std::string& when) {
  if (!WIFSIGNALED(status)) return fmt::format("left with exit code {}{}", WEXITSTATUS(status), when);
  const int number = WTERMSIG(status);
  return fmt::format("was killed by signal {} ({}){}{}", number, ::strsignal(number), when,
                     number == SIGKILL ? "; out of memory?" : "");
}

std::string ending_text(int status) {
  if (WIFSIGNALED(status))
    return fmt::format("was killed by signal {} ({})", WTERMSIG(status), ::strsignal(WTERMSIG(status)));
  return fmt::format("ended with code {}", WEXITSTATUS(status));
}

}  // namespace phasecore::process
