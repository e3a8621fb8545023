// The process that forks workers: small, forked before its owner grows. Inside nas/evaluate only.
#pragma once

#include <sys/types.h>

#include <functional>

#include "common/descriptor.hpp"
#include "nas/evaluate/pool.hpp"

namespace phasecore::evaluate {

struct Worker {
  pid_t pid = -1;             ///< also its process group
  common::Descriptor socket;  ///< our end
};

class ForkServer {
 public:
  /// Throws what `make` throws, once it has run in the fork server.
  explicit ForkServer(const Pool::Factory& make);
  ~ForkServer();
  ForkServer(const ForkServer&) = delete;
  ForkServer& operator=(const ForkServer&) = delete;

  /// A new worker. Throws EnvironmentError when there can be none.
  Worker spawn();
  /// Kills the worker (if it still lives) with all its descendants; its wait status.
  int reap(Worker& worker);

 private:
  long ask(pid_t pid, int socket);

  pid_t pid_ = -1, owner_ = -1;
  common::Descriptor control_;
};

/// A worker's life: evaluates the jobs that arrive until the other end hangs up. (worker.cpp)
[[noreturn]] void serve(int socket, const Evaluator& evaluator);

/// One message each way on a worker's socket; a message has a head that garbage does not have.
struct Request {
  std::uint64_t number = 0;
  Job job;
};
bool send(int socket, const Request& request);

enum class ReplyKind : std::uint64_t { Outcome, Threw };
/// Takes one reply off the front of what has arrived: 1, or 0 when it is not complete, or -1 when it is no
/// reply to `number`.
int take_reply(std::string& arrived, std::uint64_t number, ReplyKind& kind, std::string& content);

}  // namespace phasecore::evaluate
