#include "common/process_pool.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <optional>
#include <system_error>

#include "common/descriptor.hpp"
#include "common/diagnostics.hpp"
#include "common/process_end.hpp"

namespace phasecore::common {
namespace {

constexpr std::size_t kNone = static_cast<std::size_t>(-1);

/// How a job ended, in a form that crosses a process boundary.
struct Outcome {
  enum class Kind : std::uint64_t { Result, Input, Environment, Internal } kind = Kind::Result;
  std::string payload;  ///< the result, the message, or packed diagnostics
};

Outcome run_one(const std::function<std::string(std::size_t)>& job, std::size_t index) {
  try {
    return {Outcome::Kind::Result, job(index)};
  } catch (const InputError& e) {
    return {Outcome::Kind::Input, pack(e.diagnostics())};
  } catch (const EnvironmentError& e) {
    return {Outcome::Kind::Environment, e.what()};
  } catch (const std::system_error& e) {
    return {Outcome::Kind::Environment, e.what()};
  } catch (const std::bad_alloc&) {
    return {Outcome::Kind::Environment, fmt::format("out of memory in job {}", index)};
  } catch (const std::exception& e) {
    return {Outcome::Kind::Internal, e.what()};
  } catch (...) {
    return {Outcome::Kind::Internal, fmt::format("job {} threw what is no exception", index)};
  }
}

/// The result, or the job's exception again.
std::string open(Outcome outcome) {
  switch (outcome.kind) {
    case Outcome::Kind::Result:
      return std::move(outcome.payload);
    case Outcome::Kind::Environment:
      throw EnvironmentError(outcome.payload);
    case Outcome::Kind::Input:
      throw InputError(unpack_diagnostics(outcome.payload));
    case Outcome::Kind::Internal:
      break;
  }
  throw InternalError(outcome.payload);
}

/// A worker that ended without an answer.
Outcome end_of(int status, std::size_t job) {
  return {ended_from_outside(status) ? Outcome::Kind::Environment : Outcome::Kind::Internal,
          "a worker " + end_text(status, fmt::format(" in job {}", job))};
}

struct MessageHead {
  std::uint64_t kind = 0;
  std::uint64_t size = 0;
};

/// The child: takes job numbers until the parent hangs up.
[[noreturn]] void serve(int fd, const std::function<std::string(std::size_t)>& job) {
  std::uint64_t index = 0;
  bool heard = true;
  while (heard && receive_all(fd, &index, sizeof index)) {
    const Outcome outcome = run_one(job, index);
    const MessageHead head{static_cast<std::uint64_t>(outcome.kind), outcome.payload.size()};
    heard = send_all(fd, &head, sizeof head) && send_all(fd, outcome.payload.data(), outcome.payload.size());
  }
  std::cout.flush();
  std::fflush(nullptr);
  ::_exit(0);  // no destructors, no atexit: they belong to the parent
}

/// Forked workers; whatever happens, none outlives this object and none stays a zombie.
class Workers {
 public:
  explicit Workers(const std::function<std::string(std::size_t)>& job) : job_(job) {}
  ~Workers() {
    for (std::size_t w = 0; w < list_.size(); ++w) stop(w);
  }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  void start() {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
      throw EnvironmentError(fmt::format("cannot start a worker: {}", std::strerror(errno)));
    Descriptor ours(ends[0]);
    Descriptor theirs(ends[1]);
    std::cout.flush();
    std::fflush(nullptr);  // or the child would write our buffered text once more
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid < 0) throw EnvironmentError(fmt::format("cannot start a worker: {}", std::strerror(errno)));
    if (pid == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (::getppid() != parent) ::_exit(0);  // the parent died before prctl() could tell
      ::signal(SIGINT, SIG_DFL);
      ::signal(SIGTERM, SIG_DFL);
      for (Worker& other : list_) other.socket.close();  // or they would not notice our parent hanging up
      ours.close();
      serve(theirs.get(), job_);
    }
    list_.push_back({pid, std::move(ours), kNone});
  }

  std::size_t count() const { return list_.size(); }
  std::size_t job_of(std::size_t w) const { return list_[w].job; }

  /// Gives worker `w` a job. A worker that is already dead shows that when its answer is read.
  void give(std::size_t w, std::size_t index) {
    const std::uint64_t number = index;
    list_[w].job = index;
    (void)send_all(list_[w].socket.get(), &number, sizeof number);
  }

  /// Waits until a worker that has a job answers (or dies) and returns its number.
  std::size_t wait_for_one() {
    std::vector<pollfd> waiting;
    std::vector<std::size_t> owner;
    for (std::size_t w = 0; w < list_.size(); ++w) {
      if (list_[w].job == kNone) continue;
      waiting.push_back({list_[w].socket.get(), POLLIN, 0});
      owner.push_back(w);
    }
    ensure(!waiting.empty(), "process pool: nobody to wait for");
    while (::poll(waiting.data(), waiting.size(), -1) < 0)
      if (errno != EINTR)
        throw EnvironmentError(fmt::format("cannot wait for workers: {}", std::strerror(errno)));
    for (std::size_t i = 0; i < waiting.size(); ++i)
      if (waiting[i].revents != 0) return owner[i];
    throw InternalError("process pool: poll() named nobody");
  }

  /// Worker `w`'s answer; it is free again, or gone.
  Outcome collect(std::size_t w) {
    Worker& worker = list_[w];
    MessageHead head;
    Outcome outcome;
    if (receive_all(worker.socket.get(), &head, sizeof head)) {
      outcome.kind = static_cast<Outcome::Kind>(head.kind);
      outcome.payload.resize(head.size);
      if (receive_all(worker.socket.get(), outcome.payload.data(), head.size)) {
        worker.job = kNone;
        return outcome;
      }
    }
    worker.socket.close();
    int status = 0;
    while (::waitpid(worker.pid, &status, 0) < 0 && errno == EINTR) {
    }
    worker.pid = -1;
    outcome = end_of(status, worker.job);
    worker.job = kNone;
    return outcome;
  }

  /// Ends worker `w`: an idle one by hanging up, a busy one by force.
  void stop(std::size_t w) {
    Worker& worker = list_[w];
    if (worker.pid < 0) return;
    if (worker.job != kNone) ::kill(worker.pid, SIGKILL);
    worker.socket.close();
    while (::waitpid(worker.pid, nullptr, 0) < 0 && errno == EINTR) {
    }
    worker.pid = -1;
    worker.job = kNone;
  }

 private:
  struct Worker {
    pid_t pid;
    Descriptor socket;
    std::size_t job;
  };
  const std::function<std::string(std::size_t)>& job_;
  std::vector<Worker> list_;
};

}  // namespace

std::vector<std::string> run_jobs(std::size_t count, int workers,
                                  const std::function<std::string(std::size_t)>& job,
                                  const std::function<void(std::size_t)>& on_done) {
  std::vector<std::string> results(count);
  if (workers <= 1) {
    for (std::size_t i = 0; i < count; ++i) {
      results[i] = open(run_one(job, i));
      if (on_done) on_done(i + 1);
    }
    return results;
  }

  Workers pool(job);
  std::size_t next = 0;
  std::size_t finished = 0;
  while (pool.count() < std::min(count, static_cast<std::size_t>(workers))) {
    pool.start();
    pool.give(pool.count() - 1, next++);
  }
  // Jobs are given in order, so when job k fails all before it are done or running. Those are waited for, and
  // the first in job order is reported: the same error whatever the number of workers.
  std::optional<Outcome> failure;
  std::size_t failed_job = count;
  std::size_t running = pool.count();
  while (running > 0) {
    const std::size_t w = pool.wait_for_one();
    const std::size_t index = pool.job_of(w);
    Outcome outcome = pool.collect(w);
    --running;
    if (outcome.kind != Outcome::Kind::Result) {
      failure = std::move(outcome);
      failed_job = index;
      for (std::size_t other = 0; other < pool.count(); ++other) {
        if (pool.job_of(other) == kNone || pool.job_of(other) < failed_job) continue;
        pool.stop(other);
        --running;
      }
      continue;
    }
    results[index] = std::move(outcome.payload);
    ++finished;
    if (on_done) on_done(finished);
    if (!failure && next < count) {
      pool.give(w, next++);
      ++running;
    }
  }
  if (failure) open(std::move(*failure));
  return results;
}

int available_processors() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0) return 1;
  return std::max(1, CPU_COUNT(&allowed));
}

}  // namespace phasecore::common
