// The steps that every forked child of ours shares.
#pragma once

#include <sys/types.h>

#include <string>

#include "common/descriptor.hpp"

namespace phasecore::process {

/// Two ends of a local connection, closed on exec. Throws EnvironmentError: "cannot start `what`: ...".
struct SocketPair {
  explicit SocketPair(const std::string& what);
  common::Descriptor ours, theirs;
};

/// fork() with nothing of ours left in buffers, which the child would write once more. Throws
/// EnvironmentError: "cannot start `what`: ...".
pid_t fork_flushed(const std::string& what);

/// In the child: dies when `parent` does, at once if it is gone already.
void die_with(pid_t parent);

/// In the child: what it has printed appears; no destructors, no atexit: they belong to the parent.
[[noreturn]] void leave_child();

/// Waits for the end of a child: waitpid()'s status, or -1 when it is none.
int wait_for(pid_t pid);

}  // namespace phasecore::process
