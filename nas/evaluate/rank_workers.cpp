#include "nas/evaluate/rank_workers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <sstream>

#include "common/process/errors.hpp"

namespace phasecore::evaluate {
namespace {

using Event = process::Ranks::Event;

/// Of messages to rank 0.
enum Kind : std::uint64_t {
  kHello,    ///< `number` workers; the content is the identity
  kRefused,  ///< `number` is a process::Ending, the content belongs to it
  kOutcome   ///< of job `number`
};

/// Of a message from rank 0 that is no job, whose kind would be its step.
constexpr std::uint64_t kAbandon = ~std::uint64_t{0};

/// Keys of lines that only one of two identities has.
std::string differing_keys(const std::string& ours, const std::string& theirs) {
  const auto lines_of = [](const std::string& text) {
    std::set<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) lines.insert(line);
    return lines;
  };
  const auto a = lines_of(ours), b = lines_of(theirs);
  std::vector<std::string> only;
  std::set_symmetric_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(only));
  std::set<std::string> keys;
  for (const std::string& line : only) keys.insert(line.substr(0, line.find(": ")));
  std::string listed;
  for (const std::string& key : keys) listed += (listed.empty() ? "" : ", ") + key;
  return listed;
}

process::Message refusal(const process::Carried& carried) {
  return {static_cast<std::uint64_t>(carried.ending), kRefused, carried.content};
}

/// Nothing can be done here; who coordinates hears it and ends.
void wait_until_over(process::Ranks& ranks) {
  for (;;) {
    pollfd waited{ranks.socket(), POLLIN, 0};
    ::poll(&waited, 1, -1);
    for (auto arrived = ranks.next(); arrived.event != Event::Nothing; arrived = ranks.next())
      if (arrived.event != Event::Message) return;
  }
}

/// Takes what rank 0 has sent. False: all is over.
bool take_jobs(process::Ranks& ranks, Workers& workers) {
  for (auto arrived = ranks.next(); arrived.event != Event::Nothing; arrived = ranks.next()) {
    if (arrived.event != Event::Message) return false;
    if (arrived.message.kind == kAbandon) {
      workers.abandon();
      continue;
    }
    const std::optional<Job> job = job_in(arrived.message);
    common::ensure(job.has_value(), "evaluate: rank 0 sent what is no job");
    workers.give(arrived.message.number, *job);
  }
  return true;
}

void serve(process::Ranks& ranks, Workers& workers) {
  const auto report = [&](std::uint64_t number, const Outcome& outcome) {
    ranks.send(0, {number, kOutcome, to_bytes(outcome)});
  };
  do {
    std::vector<pollfd> waited = {{ranks.socket(), POLLIN, 0}};
    workers.watch(waited);
    ::poll(waited.data(), waited.size(), static_cast<int>(1000 * workers.tick_seconds()) + 1);
    workers.collect(report);
  } while (take_jobs(ranks, workers));
  workers.abandon();
}

}  // namespace

RankWorkers::RankWorkers(process::Ranks& ranks, std::string identity)
    : ranks_(ranks), identity_(std::move(identity)) {}

void RankWorkers::give(std::uint64_t number, const Job& job) {
  common::ensure(!free_.empty(), "evaluate: a job for which no rank is free");
  const int rank = free_.front();
  free_.pop_front();
  given_[number] = rank;
  ranks_.send(rank, to_message(number, job));
}

void RankWorkers::watch(std::vector<pollfd>& waited) const {
  waited.push_back({ranks_.socket(), POLLIN, 0});
}

void RankWorkers::collect(const OnDone& done) {
  for (auto arrived = ranks_.next(); arrived.event != Event::Nothing; arrived = ranks_.next()) {
    if (arrived.event == Event::Lost)
      throw common::EnvironmentError(fmt::format(
          "rank {} has ended, or is not heard of any more; what was evaluated is in the archive of "
          "--out, and --resume goes on",
          arrived.from));
    if (arrived.event == Event::Message) hear(arrived.from, arrived.message, done);
  }
}

void RankWorkers::hear(int from, const process::Message& message, const OnDone& done) {
  if (message.kind == kHello) return welcome(from, message);
  if (message.kind == kRefused) {
    const process::Carried carried{static_cast<process::Ending>(message.number), message.content};
    const std::string text = fmt::format("rank {}: {}", from, process::message_of(carried));
    if (carried.ending == process::Ending::Internal) throw common::InternalError(text);
    throw common::EnvironmentError(text);  // what rank 0 could read: the fault is in the machine
  }
  Outcome outcome;
  common::ensure(message.kind == kOutcome && from_bytes(message.content, outcome),
                 "evaluate: a rank sent what is no outcome");
  const auto given = given_.find(message.number);
  if (given == given_.end()) return;  // abandoned meanwhile
  given_.erase(given);
  free_.push_back(from);
  done(message.number, std::move(outcome));
}

void RankWorkers::welcome(int rank, const process::Message& hello) {
  if (hello.content != identity_)
    throw common::EnvironmentError(
        fmt::format("rank {} would evaluate something else than rank 0: {} differ there; do all machines see "
                    "the same program and files?",
                    rank, differing_keys(identity_, hello.content)));
  workers_[rank] = hello.number;
  free_.insert(free_.end(), hello.number, rank);
}

void RankWorkers::abandon() {
  given_.clear();
  free_.clear();
  for (const auto& [rank, workers] : workers_) {
    ranks_.send(rank, {0, kAbandon, ""});
    free_.insert(free_.end(), workers, rank);
  }
}

void serve_rank(process::Ranks& ranks, int workers, const std::function<Service()>& make) {
  std::unique_ptr<LocalWorkers> local;
  process::Carried ended = process::carry([&] {
    const Service service = make();
    local = std::make_unique<LocalWorkers>([&] { return service.evaluator; }, workers, service.limits);
    ranks.send(0, {static_cast<std::uint64_t>(workers), kHello, service.identity});
    return std::string();
  });
  if (ended.ending == process::Ending::Result)
    ended = process::carry([&] {
      serve(ranks, *local);
      return std::string();
    });
  if (ended.ending != process::Ending::Result) {
    ranks.send(0, refusal(ended));
    wait_until_over(ranks);
  }
  ranks.leave();
}

}  // namespace phasecore::evaluate
