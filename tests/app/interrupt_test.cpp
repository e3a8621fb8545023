#include "app/interrupt.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>

namespace phasecore::app {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kNextWish{1100};

/// A program that is asked to end, and takes its time over it.
class Busy {
 public:
  Busy() {
    int ends[2];
    if (::pipe(ends) != 0) return;
    pid_ = ::fork();
    if (pid_ == 0) {
      watch_interrupts();
      (void)!::write(ends[1], "", 1);
      for (;;) ::pause();
    }
    ::close(ends[1]);
    char ready = 0;
    watches_ = ::read(ends[0], &ready, 1) == 1;
    ::close(ends[0]);
  }
  ~Busy() {
    if (pid_ <= 0 || ended_) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;

  bool watches() const { return watches_; }

  void send(int signal) const {
    ::kill(pid_, signal);
    std::this_thread::sleep_for(milliseconds(20));  // so that it is taken before the next one
  }

  /// Is it still there a while later?
  bool goes_on() {
    std::this_thread::sleep_for(milliseconds(100));
    ended_ = ended_ || ::waitpid(pid_, &status_, WNOHANG) == pid_;
    return !ended_;
  }

  /// -1: it does not end.
  int exit_code() {
    for (int i = 0; i < 100 && goes_on();) ++i;
    return ended_ && WIFEXITED(status_) ? WEXITSTATUS(status_) : -1;
  }

 private:
  pid_t pid_ = -1;
  int status_ = 0;
  bool watches_ = false, ended_ = false;
};

TEST(Interrupts, TheSecondOfAnyKindEndsAtOnce) {
  for (const int first : {SIGINT, SIGTERM})
    for (const int second : {SIGINT, SIGTERM}) {
      Busy program;
      ASSERT_TRUE(program.watches());
      program.send(first);
      EXPECT_TRUE(program.goes_on()) << first;
      if (second == SIGTERM) std::this_thread::sleep_for(kNextWish);
      program.send(second);
      EXPECT_EQ(program.exit_code(), kInterrupted) << first << " " << second;
    }
}

TEST(Interrupts, SigtermsOfOneMomentAreOneWish) {
  Busy program;
  ASSERT_TRUE(program.watches());
  for (int i = 0; i < 3; ++i) program.send(SIGTERM);
  EXPECT_TRUE(program.goes_on());
  std::this_thread::sleep_for(kNextWish);
  program.send(SIGTERM);
  EXPECT_EQ(program.exit_code(), kInterrupted);
}

}  // namespace
}  // namespace phasecore::app
