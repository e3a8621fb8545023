// phasecore-mpi: passes messages on between a rank, on descriptor 3, and the other ranks, over MPI. The only
// file that includes MPI, in a program of its own (docs/decisions/071-one-process-layer.md). It never waits
// for anybody: a rank that computes, and does not read, is heard of all the same.
#include <mpi.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <list>
#include <string>
#include <vector>

#include "common/process/ranks.hpp"

namespace {

using namespace phasecore::process;
using Clock = std::chrono::steady_clock;

constexpr int kConnection = 3;
constexpr std::chrono::seconds kBeat{10}, kSilence{60};
constexpr int kLostCode = 3;  // common::ExitCode::Environment

/// MPI tags.
enum Tag : int {
  kPost = 1,  ///< for the rank
  kAlive,     ///< between rank 0 and the others, again and again
  kGone,      ///< to rank 0: this rank's process has ended
  kOver,      ///< from rank 0: all is over
  kBye        ///< to rank 0: nothing comes any more
};

class Messenger {
 public:
  Messenger() {
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &size_);
    heard_.assign(static_cast<std::size_t>(size_), Clock::now());
    silent_.assign(heard_.size(), false);
    tell(Envelope::Ready, rank_, std::to_string(size_));
  }

  /// Until all is over.
  void run() {
    while (!done()) {
      bool moved = read_rank();
      moved |= receive();
      moved |= write_rank();
      forget_sent();
      keep_in_touch();
      wait(moved);
    }
  }

 private:
  struct Sent {
    MPI_Request request;
    std::string bytes;
  };

  bool done() const { return over_ && sent_.empty() && (rank_ > 0 || byes_ == size_ - 1); }

  void post(int to, int tag, std::string bytes = "") {
    sent_.push_back({MPI_REQUEST_NULL, std::move(bytes)});
    Sent& sent = sent_.back();
    MPI_Isend(sent.bytes.data(), static_cast<int>(sent.bytes.size()), MPI_BYTE, to, tag, MPI_COMM_WORLD,
              &sent.request);
  }

  void post_to_others(int tag) {
    for (int other = 1; other < size_; ++other) post(other, tag);
  }

  void forget_sent() {
    for (auto sent = sent_.begin(); sent != sent_.end();) {
      int complete = 0;
      MPI_Test(&sent->request, &complete, MPI_STATUS_IGNORE);
      sent = complete != 0 ? sent_.erase(sent) : std::next(sent);
    }
  }

  void tell(Envelope kind, int other, std::string content = "") {
    if (rank_gone_) return;
    for_rank_ +=
        to_bytes({static_cast<std::uint64_t>(other), static_cast<std::uint64_t>(kind), std::move(content)});
  }

  bool write_rank() {
    if (for_rank_.empty()) return false;
    const ssize_t n = ::send(kConnection, for_rank_.data(), for_rank_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n > 0) for_rank_.erase(0, static_cast<std::size_t>(n));
    if (n < 0 && errno != EAGAIN && errno != EINTR) for_rank_.clear();  // read_rank() sees that it is gone
    return n > 0;
  }

  bool read_rank() {
    if (rank_gone_) return false;
    const bool there = inbox_.read(kConnection);
    bool any = false;
    for (Message m; inbox_.take(m) == Inbox::Found::One; any = true) {
      if (static_cast<Envelope>(m.kind) == Envelope::Leave)
        left_ = true;
      else
        post(static_cast<int>(m.number), kPost, std::move(m.content));
    }
    if (there && !left_) return any;
    rank_gone_ = true;
    for_rank_.clear();
    if (rank_ > 0 && !left_) post(0, kGone);
    if (rank_ == 0) {
      if (std::count(silent_.begin(), silent_.end(), true) > 0) MPI_Abort(MPI_COMM_WORLD, kLostCode);
      post_to_others(kOver);
      over_ = true;
    }
    return true;
  }

  bool receive() {
    constexpr int kAtOnce = 1000;  // then the rank and its answers have their turn
    int arrived = 0;
    for (; arrived < kAtOnce; ++arrived) {
      int there = 0;
      MPI_Status status;
      MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &there, &status);
      if (there == 0) break;
      int size = 0;
      MPI_Get_count(&status, MPI_BYTE, &size);
      std::string bytes(static_cast<std::size_t>(size), '\0');
      MPI_Recv(bytes.data(), size, MPI_BYTE, status.MPI_SOURCE, status.MPI_TAG, MPI_COMM_WORLD,
               MPI_STATUS_IGNORE);
      heard_[static_cast<std::size_t>(status.MPI_SOURCE)] = Clock::now();
      take(status.MPI_SOURCE, status.MPI_TAG, std::move(bytes));
    }
    return arrived > 0;
  }

  void take(int from, int tag, std::string bytes) {
    if (tag == kPost) tell(Envelope::Post, from, std::move(bytes));
    if (tag == kGone) tell(Envelope::Lost, from);
    if (tag == kBye) ++byes_;
    if (tag != kOver) return;
    tell(Envelope::Over, 0);
    post(0, kBye);
    over_ = true;
  }

  /// Everybody hears of rank 0 and rank 0 of everybody, or who is not heard of is lost.
  void keep_in_touch() {
    const auto now = Clock::now();
    if (now - last_look_ < std::chrono::seconds(1)) return;
    last_look_ = now;
    for (int other = rank_ == 0 ? 1 : 0; other < (rank_ == 0 ? size_ : 1); ++other) {
      const auto index = static_cast<std::size_t>(other);
      if (silent_[index] || now - heard_[index] < kSilence) continue;
      silent_[index] = true;
      tell(Envelope::Lost, other);
      if (over_ || rank_ > 0) MPI_Abort(MPI_COMM_WORLD, kLostCode);
    }
    if (now - last_beat_ < kBeat) return;
    last_beat_ = now;
    if (rank_ == 0) post_to_others(kAlive);
    if (rank_ > 0 && !over_) post(0, kAlive);
  }

  /// MPI cannot be waited for beside a socket: it is asked again after 50 us, and less and less often up to
  /// every 1 ms while nothing moves.
  void wait(bool moved) {
    pause_us_ = moved ? 50 : std::min(2 * pause_us_, 1000L);
    const short events = static_cast<short>((rank_gone_ ? 0 : POLLIN) | (for_rank_.empty() ? 0 : POLLOUT));
    pollfd rank{rank_gone_ ? -1 : kConnection, events, 0};
    const timespec pause{0, 1000 * pause_us_};
    ::ppoll(&rank, 1, &pause, nullptr);
  }

  int rank_ = 0, size_ = 1, byes_ = 0;
  bool rank_gone_ = false, left_ = false, over_ = false;
  Inbox inbox_{std::size_t{1} << 30};
  std::string for_rank_;
  std::list<Sent> sent_;
  std::vector<Clock::time_point> heard_;
  std::vector<bool> silent_;
  Clock::time_point last_look_ = Clock::now(), last_beat_ = Clock::now();
  long pause_us_ = 50;
};

}  // namespace

int main() {
  // The launcher's wish to end is the rank's to grant.
  std::signal(SIGINT, SIG_IGN);
  std::signal(SIGTERM, SIG_IGN);
  MPI_Init(nullptr, nullptr);
  Messenger().run();
  MPI_Finalize();
  return 0;
}
