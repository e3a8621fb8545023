#include "nas/evaluate/pool.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>

#include "common/diagnostics.hpp"
#include "nas/evaluate/cpu_time.hpp"
#include "nas/evaluate/fork_server.hpp"

namespace phasecore::evaluate {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kAttempts = 2;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// "SIGSEGV".
std::string signal_name(int number) {
  const char* name = ::sigabbrev_np(number);
  return name != nullptr ? std::string("SIG") + name : fmt::format("signal {}", number);
}

std::string end_text(int status) {
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
    return "worker was killed from outside (SIGKILL; out of memory?)";
  if (WIFSIGNALED(status)) return "worker died of " + signal_name(WTERMSIG(status));
  return fmt::format("worker left with exit code {}", WEXITSTATUS(status));
}

}  // namespace

struct Pool::Impl {
  /// A place for one worker, and what it does.
  struct Slot {
    Worker worker;
    bool busy = false;
    std::size_t job = 0;
    int attempt = 0;
    std::uint64_t number = 0;  ///< of the request
    std::string arrived;
    double cpu_before = 0, cpu_last = 0;
    Clock::time_point last_progress;
  };

  Impl(const Factory& make, int workers, const JobLimits& job_limits)
      : limits(job_limits), fork_server(make) {
    slots.resize(std::max(workers, 1));
  }
  ~Impl() {
    try {
      for (Slot& slot : slots)
        if (slot.worker.pid > 0) fork_server.reap(slot.worker);
    } catch (const common::EnvironmentError&) {
      // The fork server is gone, and its workers with her.
    }
  }

  void give(Slot& slot, std::size_t job, int attempt) {
    if (slot.worker.pid < 0) slot.worker = fork_server.spawn();
    slot.busy = true;
    slot.job = job;
    slot.attempt = attempt;
    slot.number = ++requests;
    slot.arrived.clear();
    slot.cpu_before = slot.cpu_last = tree_use(slot.worker.pid).cpu_seconds;
    slot.last_progress = Clock::now();
    // A worker that is already dead shows that when its answer is read.
    (void)send(slot.worker.socket.get(), {slot.number, (*jobs)[job]});
  }

  void finish(Slot& slot, Outcome outcome) {
    slot.busy = false;
    const std::size_t job = slot.job;
    outcomes[job] = std::move(outcome);
    ++finished;
    if (on_done && *on_done) (*on_done)(job, outcomes[job]);
  }

  /// The worker of a busy slot is dead, or has to be: tries again with a new one, or gives the job up.
  /// `reason` "": how it ended says why.
  void lose(Slot& slot, const std::string& reason) {
    const int status = fork_server.reap(slot.worker);
    if (slot.attempt < kAttempts) return give(slot, slot.job, slot.attempt + 1);
    Outcome outcome;
    outcome.failure = reason.empty() ? end_text(status) : reason;
    outcome.lost = true;
    finish(slot, std::move(outcome));
  }

  /// Reads what a worker has sent so far.
  void listen(Slot& slot) {
    char bytes[65536];
    const ssize_t got = ::recv(slot.worker.socket.get(), bytes, sizeof bytes, MSG_DONTWAIT);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (got <= 0) return lose(slot, "");
    slot.arrived.append(bytes, static_cast<std::size_t>(got));
    ReplyKind kind{};
    std::string content;
    const int taken = take_reply(slot.arrived, slot.number, kind, content);
    if (taken == 0) return;
    Outcome outcome;
    if (taken < 0 || !slot.arrived.empty() || (kind == ReplyKind::Outcome && !from_bytes(content, outcome)))
      return lose(slot, "worker sent what is no outcome");
    if (kind == ReplyKind::Threw) return lose(slot, content);
    finish(slot, std::move(outcome));
  }

  void check_limits(Slot& slot) {
    const TreeUse use = tree_use(slot.worker.pid);
    // A crash shows as the end of its socket, except while a descendant holds that open.
    if (!use.alive) return lose(slot, "");
    if (use.cpu_seconds - slot.cpu_before > limits.cpu_seconds)
      return lose(slot, fmt::format("more than {:g} CPU seconds", limits.cpu_seconds));
    if (use.cpu_seconds != slot.cpu_last) {
      slot.cpu_last = use.cpu_seconds;
      slot.last_progress = Clock::now();
    } else if (seconds_since(slot.last_progress) > limits.still_seconds) {
      lose(slot, fmt::format("stood still for {:g} seconds", limits.still_seconds));
    }
  }

  /// Waits for answers, at most until limits have to be looked at again.
  void wait(double seconds) {
    std::vector<pollfd> waiting;
    std::vector<Slot*> owners;
    for (Slot& slot : slots)
      if (slot.busy) {
        waiting.push_back({slot.worker.socket.get(), POLLIN, 0});
        owners.push_back(&slot);
      }
    const int ready = ::poll(waiting.data(), waiting.size(), static_cast<int>(1000 * seconds) + 1);
    if (ready < 0 && errno != EINTR)
      throw common::EnvironmentError(fmt::format("cannot wait for workers: {}", std::strerror(errno)));
    for (std::size_t i = 0; ready > 0 && i < waiting.size(); ++i)
      if (waiting[i].revents != 0) listen(*owners[i]);
  }

  void run(const std::function<bool()>& stop) {
    const double tick = std::clamp(std::min(limits.cpu_seconds, limits.still_seconds) / 20, 0.01, 0.5);
    std::size_t next = 0;
    Clock::time_point last_look = Clock::now();
    while (finished < jobs->size()) {
      if (stop && stop()) throw Interrupted("interrupted");
      for (Slot& slot : slots)
        if (!slot.busy && next < jobs->size()) give(slot, next++, 1);
      wait(tick);
      if (seconds_since(last_look) < tick) continue;
      for (Slot& slot : slots)
        if (slot.busy) check_limits(slot);
      last_look = Clock::now();
    }
  }

  const JobLimits limits;
  ForkServer fork_server;
  std::vector<Slot> slots;
  std::uint64_t requests = 0;
  // Of the current run.
  const std::vector<Job>* jobs = nullptr;
  const OnDone* on_done = nullptr;
  std::vector<Outcome> outcomes;
  std::size_t finished = 0;
};

Pool::Pool(const Factory& make, int workers, const JobLimits& limits)
    : impl_(std::make_unique<Impl>(make, workers, limits)) {}
Pool::~Pool() = default;

std::vector<Outcome> Pool::run(const std::vector<Job>& jobs, const OnDone& on_done,
                               const std::function<bool()>& stop) {
  impl_->jobs = &jobs;
  impl_->on_done = &on_done;
  impl_->outcomes.assign(jobs.size(), {});
  impl_->finished = 0;
  try {
    impl_->run(stop);
  } catch (...) {
    // Whoever is still at work would answer a question that nobody remembers.
    for (Impl::Slot& slot : impl_->slots)
      if (slot.busy && slot.worker.pid > 0) {
        slot.busy = false;
        impl_->fork_server.reap(slot.worker);
      }
    throw;
  }
  return std::move(impl_->outcomes);
}

}  // namespace phasecore::evaluate
