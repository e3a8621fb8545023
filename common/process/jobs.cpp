#include "common/process/jobs.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sched.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <optional>

#include "common/descriptor.hpp"
#include "common/diagnostics.hpp"
#include "common/process/ending.hpp"
#include "common/process/errors.hpp"
#include "common/process/fork.hpp"
#include "common/process/message.hpp"

namespace phasecore::process {
namespace {

constexpr std::size_t kNone = static_cast<std::size_t>(-1);

Carried run_one(const std::function<std::string(std::size_t)>& job, std::size_t index) {
  return carry([&] { return job(index); }, fmt::format(" in job {}", index), fmt::format("job {}", index));
}

/// A worker that ended without an answer.
Carried end_of(int status, std::size_t job) {
  return carry_end(status, "a worker " + end_text(status, fmt::format(" in job {}", job)));
}

/// The child: takes job numbers until the parent hangs up.
[[noreturn]] void serve(int fd, const std::function<std::string(std::size_t)>& job) {
  Message asked;
  bool heard = true;
  while (heard && receive(fd, asked)) {
    Carried carried = run_one(job, asked.number);
    heard = send(fd, {asked.number, static_cast<std::uint64_t>(carried.ending), std::move(carried.content)});
  }
  leave_child();
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
    SocketPair pair("a worker");
    const pid_t parent = ::getpid();
    const pid_t pid = fork_flushed("a worker");
    if (pid == 0) {
      die_with(parent);
      ::signal(SIGINT, SIG_DFL);
      ::signal(SIGTERM, SIG_DFL);
      for (Worker& other : list_) other.socket.close();  // or they would not notice our parent hanging up
      pair.ours.close();
      serve(pair.theirs.get(), job_);
    }
    list_.push_back({pid, std::move(pair.ours), kNone});
  }

  std::size_t count() const { return list_.size(); }
  std::size_t job_of(std::size_t w) const { return list_[w].job; }

  /// Gives worker `w` a job. A worker that is already dead shows that when its answer is read.
  void give(std::size_t w, std::size_t index) {
    list_[w].job = index;
    (void)send(list_[w].socket.get(), {index, 0, ""});
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
    common::ensure(!waiting.empty(), "process pool: nobody to wait for");
    while (::poll(waiting.data(), waiting.size(), -1) < 0)
      if (errno != EINTR)
        throw common::EnvironmentError(fmt::format("cannot wait for workers: {}", std::strerror(errno)));
    for (std::size_t i = 0; i < waiting.size(); ++i)
      if (waiting[i].revents != 0) return owner[i];
    throw common::InternalError("process pool: poll() named nobody");
  }

  /// Worker `w`'s answer; it is free again, or gone.
  Carried collect(std::size_t w) {
    Worker& worker = list_[w];
    const std::size_t job = worker.job;
    worker.job = kNone;
    Message answer;
    if (receive(worker.socket.get(), answer))
      return {static_cast<Ending>(answer.kind), std::move(answer.content)};
    worker.socket.close();
    const int status = wait_for(worker.pid);
    worker.pid = -1;
    return end_of(status, job);
  }

  /// Ends worker `w`: an idle one by hanging up, a busy one by force.
  void stop(std::size_t w) {
    Worker& worker = list_[w];
    if (worker.pid < 0) return;
    if (worker.job != kNone) ::kill(worker.pid, SIGKILL);
    worker.socket.close();
    wait_for(worker.pid);
    worker.pid = -1;
    worker.job = kNone;
  }

 private:
  struct Worker {
    pid_t pid;
    common::Descriptor socket;
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
  std::optional<Carried> failure;
  std::size_t failed_job = count;
  std::size_t running = pool.count();
  while (running > 0) {
    const std::size_t w = pool.wait_for_one();
    const std::size_t index = pool.job_of(w);
    Carried outcome = pool.collect(w);
    --running;
    if (outcome.ending != Ending::Result) {
      failure = std::move(outcome);
      failed_job = index;
      for (std::size_t other = 0; other < pool.count(); ++other) {
        if (pool.job_of(other) == kNone || pool.job_of(other) < failed_job) continue;
        pool.stop(other);
        --running;
      }
      continue;
    }
    results[index] = std::move(outcome.content);
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

}  // namespace phasecore::process
