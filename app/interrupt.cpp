#include "app/interrupt.hpp"

#include <signal.h>
#include <time.h>
#include <unistd.h>

namespace phasecore::app {
namespace {

volatile sig_atomic_t wishes = 0;
timespec last_wish{};  // written before `wishes` becomes 1, never after

/// timeout(1), mpirun and batch systems send a SIGTERM to a process and another one to its group.
bool is_the_same_wish(int signal, const timespec& now) {
  if (signal != SIGTERM || wishes == 0) return false;
  const time_t seconds = now.tv_sec - last_wish.tv_sec;
  return seconds < 1 || (seconds == 1 && now.tv_nsec < last_wish.tv_nsec);
}

void count(int signal) {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  if (is_the_same_wish(signal, now)) return;
  if (wishes > 0) ::_exit(kInterrupted);  // the archive is safe at any moment; workers die with this process
  last_wish = now;
  wishes = 1;
  constexpr char text[] = "\nending with what is known so far; Ctrl-C once more: at once\n";
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text, sizeof text - 1);
}

}  // namespace

void watch_interrupts() {
  constexpr int kSignals[] = {SIGINT, SIGTERM};
  struct sigaction action {};
  action.sa_handler = count;
  sigemptyset(&action.sa_mask);
  for (const int signal : kSignals) sigaddset(&action.sa_mask, signal);
  for (const int signal : kSignals) ::sigaction(signal, &action, nullptr);
}

bool interrupted() {
  return wishes != 0;
}

}  // namespace phasecore::app
