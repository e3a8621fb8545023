#include "nas/evaluate/local_workers.hpp"

#include <fmt/format.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstring>
#include <utility>

#include "common/diagnostics.hpp"
#include "common/process/cpu_time.hpp"
#include "common/process/errors.hpp"
#include "common/process/fork_server.hpp"

namespace phasecore::evaluate {
namespace {

using Clock = std::chrono::steady_clock;
using Found = process::Inbox::Found;

constexpr int kAttempts = 2;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// "SIGSEGV".
std::string signal_name(int number) {
  const char* name = ::sigabbrev_np(number);
  return name != nullptr ? std::string("SIG") + name : fmt::format("signal {}", number);
}

std::string end_of_worker(int status) {
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
    return "worker was killed from outside (SIGKILL; out of memory?)";
  if (WIFSIGNALED(status)) return "worker died of " + signal_name(WTERMSIG(status));
  return fmt::format("worker left with exit code {}", WEXITSTATUS(status));
}

/// A worker's life: evaluates the jobs that arrive until the other end hangs up.
process::ForkServer::Life life_with(const Factory& make) {
  auto evaluator = make();
  common::ensure(evaluator != nullptr, "evaluate: the factory made no evaluator");
  return [evaluator = std::move(evaluator)](int socket) {
    process::Message asked;
    while (process::receive(socket, asked) && process::send(socket, answer(*evaluator, asked))) {
    }
  };
}

}  // namespace

struct LocalWorkers::Impl {
  /// A place for one worker, and what it does.
  struct Slot {
    process::Child worker;
    bool busy = false;
    std::uint64_t job_number = 0;
    Job job;
    int attempt = 0;
    std::uint64_t request = 0;  ///< another one for every attempt
    process::Inbox inbox;
    double cpu_before = 0, cpu_last = 0;
    Clock::time_point last_progress;
  };

  Impl(const Factory& make, int workers, const JobLimits& job_limits)
      : limits(job_limits), fork_server([&] { return life_with(make); }), slots(std::max(workers, 1)) {}
  ~Impl() {
    try {
      for (Slot& slot : slots)
        if (slot.worker.pid > 0) fork_server.reap(slot.worker);
    } catch (const common::EnvironmentError&) {
      // The fork server is gone, and its workers with it.
    }
  }

  void begin(Slot& slot, int attempt) {
    if (slot.worker.pid < 0) slot.worker = fork_server.spawn();
    slot.busy = true;
    slot.attempt = attempt;
    slot.request = ++requests;
    slot.inbox.clear();
    slot.cpu_before = slot.cpu_last = process::tree_use(slot.worker.pid).cpu_seconds;
    slot.last_progress = Clock::now();
    // A worker that is already dead shows that when its answer is read.
    (void)process::send(slot.worker.socket.get(), to_message(slot.request, slot.job));
  }

  void finish(Slot& slot, Outcome outcome, const OnDone& done) {
    slot.busy = false;
    done(slot.job_number, std::move(outcome));
  }

  /// The worker of a busy slot is dead, or has to be: tries again with a new one, or gives the job up.
  /// `reason` "": how it ended says why.
  void lose(Slot& slot, const std::string& reason, const OnDone& done) {
    const int status = fork_server.reap(slot.worker);
    if (slot.attempt < kAttempts) return begin(slot, slot.attempt + 1);
    Outcome outcome;
    outcome.failure = reason.empty() ? end_of_worker(status) : reason;
    outcome.lost = true;
    finish(slot, std::move(outcome), done);
  }

  /// Reads what a worker has sent so far.
  void listen(Slot& slot, const OnDone& done) {
    if (!slot.inbox.read(slot.worker.socket.get())) return lose(slot, "", done);
    process::Message message;
    const Found found = slot.inbox.take(message);
    if (found == Found::Nothing) return;
    Outcome outcome;
    const auto ending = static_cast<process::Ending>(message.kind);
    const bool sane = found == Found::One && slot.inbox.empty() && message.number == slot.request &&
                      ending <= process::Ending::Internal;
    if (!sane || (ending == process::Ending::Result && !from_bytes(message.content, outcome)))
      return lose(slot, "worker sent what is no outcome", done);
    if (ending != process::Ending::Result) return lose(slot, message.content, done);
    finish(slot, std::move(outcome), done);
  }

  void check_limits(Slot& slot, const OnDone& done) {
    const process::TreeUse use = process::tree_use(slot.worker.pid);
    // A crash shows as the end of its socket, except while a descendant holds that open.
    if (!use.alive) return lose(slot, "", done);
    if (use.cpu_seconds - slot.cpu_before > limits.cpu_seconds)
      return lose(slot, fmt::format("more than {:g} CPU seconds", limits.cpu_seconds), done);
    if (use.cpu_seconds != slot.cpu_last) {
      slot.cpu_last = use.cpu_seconds;
      slot.last_progress = Clock::now();
    } else if (seconds_since(slot.last_progress) > limits.still_seconds) {
      lose(slot, fmt::format("stood still for {:g} seconds", limits.still_seconds), done);
    }
  }

  double tick() const {
    return std::clamp(std::min(limits.cpu_seconds, limits.still_seconds) / 20, 0.01, 0.5);
  }

  const JobLimits limits;
  process::ForkServer fork_server;
  std::vector<Slot> slots;
  std::uint64_t requests = 0;
  Clock::time_point last_look = Clock::now();
};

LocalWorkers::LocalWorkers(const Factory& make, int workers, const JobLimits& limits)
    : impl_(std::make_unique<Impl>(make, workers, limits)) {}
LocalWorkers::~LocalWorkers() = default;

std::size_t LocalWorkers::free() const {
  const auto& slots = impl_->slots;
  return static_cast<std::size_t>(
      std::count_if(slots.begin(), slots.end(), [](const Impl::Slot& s) { return !s.busy; }));
}

void LocalWorkers::give(std::uint64_t number, const Job& job) {
  for (Impl::Slot& slot : impl_->slots) {
    if (slot.busy) continue;
    slot.job_number = number;
    slot.job = job;
    return impl_->begin(slot, 1);
  }
  throw common::InternalError("evaluate: a job for which no worker is free");
}

void LocalWorkers::watch(std::vector<pollfd>& waited) const {
  for (const Impl::Slot& slot : impl_->slots)
    if (slot.busy) waited.push_back({slot.worker.socket.get(), POLLIN, 0});
}

void LocalWorkers::collect(const OnDone& done) {
  std::vector<pollfd> ready;
  watch(ready);
  ::poll(ready.data(), ready.size(), 0);
  std::size_t at = 0;
  std::vector<Impl::Slot*> answered;
  for (Impl::Slot& slot : impl_->slots)
    if (slot.busy && ready[at++].revents != 0) answered.push_back(&slot);
  for (Impl::Slot* slot : answered) impl_->listen(*slot, done);
  if (seconds_since(impl_->last_look) < impl_->tick()) return;
  for (Impl::Slot& slot : impl_->slots)
    if (slot.busy) impl_->check_limits(slot, done);
  impl_->last_look = Clock::now();
}

void LocalWorkers::abandon() {
  for (Impl::Slot& slot : impl_->slots)
    if (std::exchange(slot.busy, false) && slot.worker.pid > 0) impl_->fork_server.reap(slot.worker);
}

double LocalWorkers::tick_seconds() const {
  return impl_->tick();
}

}  // namespace phasecore::evaluate
