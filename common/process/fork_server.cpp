#include "common/process/fork_server.hpp"

#include <malloc.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>

#include "common/diagnostics.hpp"
#include "common/process/ending.hpp"
#include "common/process/errors.hpp"
#include "common/process/fork.hpp"
#include "common/process/message.hpp"

namespace phasecore::process {
namespace {

using common::Descriptor;

constexpr char kWorkers[] = "workers";

/// What the fork server is asked for: a child on the socket that comes along (pid 0), or the end of one.
struct Command {
  std::int64_t pid = 0;
};

/// Forks one child; its number, or -1.
pid_t fork_child(Descriptor& control, Descriptor& socket, const ForkServer::Life& life) {
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid != 0) {
    if (pid > 0) (void)::setpgid(pid, pid);  // by both, so that whoever is first need not wait
    return pid;
  }
  (void)::setpgid(0, 0);
  die_with(parent);
  control.close();
  life(socket.get());
  leave_child();
}

[[noreturn]] void serve_owner(Descriptor control, const std::function<ForkServer::Life()>& make) {
  ForkServer::Life life;
  const Carried made = carry([&] {
    life = make();
    common::ensure(life != nullptr, "fork server: nothing was made for its children");
    return std::string();
  });
  bool heard =
      send(control.get(), {0, static_cast<std::uint64_t>(made.ending), made.content}) && life != nullptr;
  Command command;
  Descriptor socket;
  while (heard && common::receive_with_descriptor(control.get(), &command, sizeof command, socket)) {
    const std::int64_t reply =
        command.pid == 0 ? fork_child(control, socket, life) : wait_for(static_cast<pid_t>(command.pid));
    socket.close();
    heard = common::send_all(control.get(), &reply, sizeof reply);
  }
  ::_exit(0);  // children that are left die with us
}

}  // namespace

ForkServer::ForkServer(const std::function<Life()>& make) : owner_(::getpid()) {
  malloc_trim(0);  // what reading the data left free would count for every child
  SocketPair pair(kWorkers);
  pid_ = fork_flushed(kWorkers);
  if (pid_ == 0) {
    (void)::setpgid(0, 0);  // the terminal's Ctrl-C is for the owner
    die_with(owner_);
    ::signal(SIGINT, SIG_IGN);
    ::signal(SIGTERM, SIG_IGN);
    pair.ours.release();
    common::close_all_but(pair.theirs.get());
    serve_owner(std::move(pair.theirs), make);
  }
  pair.theirs.close();
  control_ = std::move(pair.ours);
  Message started;
  const bool heard = receive(control_.get(), started);
  Carried made{static_cast<Ending>(started.kind), std::move(started.content)};
  if (heard && made.ending == Ending::Result) return;
  control_.close();
  const int status = wait_for(pid_);
  if (!heard) made = carry_end(status, "the process that starts workers " + end_text(status));
  open(std::move(made));
}

ForkServer::~ForkServer() {
  if (::getpid() != owner_) return;  // a fork of the owner: the processes are not ours
  control_.close();
  wait_for(pid_);
}

long ForkServer::ask(pid_t pid, int socket) {
  const Command command{pid};
  std::int64_t reply = 0;
  if (!common::send_with_descriptor(control_.get(), &command, sizeof command, socket) ||
      !common::receive_all(control_.get(), &reply, sizeof reply))
    throw common::EnvironmentError(
        "the process that starts workers is gone; was it killed, or out of memory?");
  return static_cast<long>(reply);
}

Child ForkServer::spawn() {
  Child child;
  SocketPair pair(kWorkers);
  child.pid = static_cast<pid_t>(ask(0, pair.theirs.get()));
  child.socket = std::move(pair.ours);
  if (child.pid < 0) throw common::EnvironmentError("cannot start a worker: no further process");
  return child;
}

int ForkServer::reap(Child& child) {
  ::kill(-child.pid, SIGKILL);
  child.socket.close();
  const int status = static_cast<int>(ask(child.pid, -1));
  child.pid = -1;
  return status;
}

}  // namespace phasecore::process
