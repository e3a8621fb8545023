#include "nas/evaluate/fork_server.hpp"

#include <fmt/format.h>
#include <malloc.h>
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
#include "common/process_end.hpp"

namespace phasecore::evaluate {
namespace {

using common::Descriptor;
using common::receive_all;
using common::send_all;

/// What the fork server is asked for: a worker on the socket that comes along (pid 0), or the end of one.
struct Command {
  std::int64_t pid = 0;
};

enum class Start : std::uint64_t { Ready, Input, Environment, Internal };

void make_pair(Descriptor& ours, Descriptor& theirs) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    throw common::EnvironmentError(fmt::format("cannot start workers: {}", std::strerror(errno)));
  ours = Descriptor(ends[0]);
  theirs = Descriptor(ends[1]);
}

pid_t wait_for(pid_t pid, int& status) {
  pid_t got = -1;
  while ((got = ::waitpid(pid, &status, 0)) < 0 && errno == EINTR) {
  }
  return got;
}

bool send_command(int fd, Command command, int socket) {
  return common::send_with_descriptor(fd, &command, sizeof command, socket);
}

bool receive_command(int fd, Command& command, Descriptor& socket) {
  return common::receive_with_descriptor(fd, &command, sizeof command, socket);
}

/// Runs the factory; what went wrong becomes text.
std::shared_ptr<const Evaluator> started(const Pool::Factory& make, Start& how, std::string& text) {
  how = Start::Ready;
  try {
    auto evaluator = make();
    common::ensure(evaluator != nullptr, "evaluate: the factory made no evaluator");
    return evaluator;
  } catch (const common::InputError& e) {
    how = Start::Input;
    text = common::pack(e.diagnostics());
  } catch (const common::EnvironmentError& e) {
    how = Start::Environment;
    text = e.what();
  } catch (const std::bad_alloc&) {
    how = Start::Environment;
    text = "out of memory";
  } catch (const std::exception& e) {
    how = Start::Internal;
    text = e.what();
  }
  return nullptr;
}

[[noreturn]] void rethrow(Start how, const std::string& text) {
  if (how == Start::Environment) throw common::EnvironmentError(text);
  if (how != Start::Input) throw common::InternalError(text);
  throw common::InputError(common::unpack_diagnostics(text));
}

/// Forks one worker; its number, or -1.
pid_t fork_worker(Descriptor& control, Descriptor& socket, const Evaluator& evaluator) {
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid != 0) {
    if (pid > 0) (void)::setpgid(pid, pid);  // by both, so that whoever is first need not wait
    return pid;
  }
  (void)::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(0);
  control.close();
  serve(socket.get(), evaluator);
}

[[noreturn]] void serve_owner(Descriptor control, const Pool::Factory& make) {
  Start how = Start::Ready;
  std::string text;
  const auto evaluator = started(make, how, text);
  const std::uint64_t size = text.size();
  bool heard = send_all(control.get(), &how, sizeof how) && send_all(control.get(), &size, sizeof size) &&
               send_all(control.get(), text.data(), text.size()) && evaluator != nullptr;
  Command command;
  Descriptor socket;
  while (heard && receive_command(control.get(), command, socket)) {
    std::int64_t reply = 0;
    if (command.pid == 0) {
      reply = fork_worker(control, socket, *evaluator);
    } else {
      int status = 0;
      reply = wait_for(static_cast<pid_t>(command.pid), status) == command.pid ? status : -1;
    }
    socket.close();
    heard = send_all(control.get(), &reply, sizeof reply);
  }
  ::_exit(0);  // workers that are left die with us
}

}  // namespace

ForkServer::ForkServer(const Pool::Factory& make) : owner_(::getpid()) {
  malloc_trim(0);  // what reading the data left free would count for every worker
  Descriptor theirs;
  make_pair(control_, theirs);
  std::cout.flush();
  std::fflush(nullptr);  // or the child would write our buffered text once more
  pid_ = ::fork();
  if (pid_ < 0) throw common::EnvironmentError(fmt::format("cannot start workers: {}", std::strerror(errno)));
  if (pid_ == 0) {
    (void)::setpgid(0, 0);  // the terminal's Ctrl-C is for the owner
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != owner_) ::_exit(0);
    ::signal(SIGINT, SIG_IGN);
    ::signal(SIGTERM, SIG_IGN);
    control_.release();
    common::close_all_but(theirs.get());
    serve_owner(std::move(theirs), make);
  }
  theirs.close();
  Start how = Start::Internal;
  std::uint64_t size = 0;
  std::string text;
  bool heard =
      receive_all(control_.get(), &how, sizeof how) && receive_all(control_.get(), &size, sizeof size);
  if (heard) {
    text.resize(size);
    heard = receive_all(control_.get(), text.data(), size);
  }
  if (heard && how == Start::Ready) return;
  control_.close();
  int status = 0;
  wait_for(pid_, status);
  if (!heard) {
    how = common::ended_from_outside(status) ? Start::Environment : Start::Internal;
    text = "the process that starts workers " + common::end_text(status);
  }
  rethrow(how, text);
}

ForkServer::~ForkServer() {
  if (::getpid() != owner_) return;  // a fork of the owner: the processes are not ours
  control_.close();
  int status = 0;
  wait_for(pid_, status);
}

long ForkServer::ask(pid_t pid, int socket) {
  std::int64_t reply = 0;
  if (!send_command(control_.get(), {pid}, socket) || !receive_all(control_.get(), &reply, sizeof reply))
    throw common::EnvironmentError(
        "the process that starts workers is gone; was it killed, or out of memory?");
  return static_cast<long>(reply);
}

Worker ForkServer::spawn() {
  Worker worker;
  Descriptor theirs;
  make_pair(worker.socket, theirs);
  worker.pid = static_cast<pid_t>(ask(0, theirs.get()));
  if (worker.pid < 0) throw common::EnvironmentError("cannot start a worker: no further process");
  return worker;
}

int ForkServer::reap(Worker& worker) {
  ::kill(-worker.pid, SIGKILL);
  worker.socket.close();
  const int status = static_cast<int>(ask(worker.pid, -1));
  worker.pid = -1;
  return status;
}

}  // namespace phasecore::evaluate
