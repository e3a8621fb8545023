#include "common/process/fork.hpp"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <iostream>

#include "common/diagnostics.hpp"

namespace phasecore::process {
namespace {

common::EnvironmentError cannot_start(const std::string& what) {
  return common::EnvironmentError(fmt::format("cannot start {}: {}", what, std::strerror(errno)));
}

}  // namespace

SocketPair::SocketPair(const std::string& what) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) throw cannot_start(what);
  ours = common::Descriptor(ends[0]);
  theirs = common::Descriptor(ends[1]);
}

pid_t fork_flushed(const std::string& what) {
  std::cout.flush();
  std::fflush(nullptr);
  const pid_t pid = ::fork();
  if (pid < 0) throw cannot_start(what);
  return pid;
}

void die_with(pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(0);  // it died before prctl() could tell
}

void leave_child() {
  std::cout.flush();
  std::fflush(nullptr);
  ::_exit(0);
}

int wait_for(pid_t pid) {
  int status = 0;
  pid_t got = -1;
  while ((got = ::waitpid(pid, &status, 0)) < 0 && errno == EINTR) {
  }
  return got == pid ? status : -1;
}

}  // namespace phasecore::process
