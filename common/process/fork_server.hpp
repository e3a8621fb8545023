// A small process, forked before its owner grows, that forks children whenever the owner wants one and learns
// how they end.
#pragma once

#include <sys/types.h>

#include <functional>

#include "common/descriptor.hpp"

namespace phasecore::process {

struct Child {
  pid_t pid = -1;             ///< also its process group
  common::Descriptor socket;  ///< our end
};

class ForkServer {
 public:
  /// A child's life: what it does with its end of the connection. It ends when this returns.
  using Life = std::function<void(int socket)>;

  /// `make` runs once, in the fork server; children share by copy-on-write what it made. Throws what it
  /// throws. Fork server and children ignore SIGINT and SIGTERM, which are the owner's to answer, and die
  /// with the owner.
  explicit ForkServer(const std::function<Life()>& make);
  ~ForkServer();
  ForkServer(const ForkServer&) = delete;
  ForkServer& operator=(const ForkServer&) = delete;

  /// A new child. Throws EnvironmentError when there can be none.
  Child spawn();
  /// Kills the child (if it still lives) with all its descendants; its wait status.
  int reap(Child& child);

 private:
  long ask(pid_t pid, int socket);

  pid_t pid_ = -1, owner_ = -1;
  common::Descriptor control_;
};

}  // namespace phasecore::process
