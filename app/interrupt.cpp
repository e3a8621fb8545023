#include "app/interrupt.hpp"

#include <signal.h>
#include <unistd.h>

#include <initializer_list>

namespace phasecore::app {
namespace {

volatile sig_atomic_t interrupts = 0;

void count(int) {
  interrupts = interrupts + 1;
  if (interrupts < 2) {
    constexpr char text[] = "\nending with what is known so far; once more: at once\n";
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text, sizeof text - 1);
    return;
  }
  ::_exit(kInterrupted);  // the archive is safe at any moment; workers die with this process
}

}  // namespace

void watch_interrupts() {
  struct sigaction action {};
  action.sa_handler = count;
  sigemptyset(&action.sa_mask);
  for (const int signal : {SIGINT, SIGTERM}) ::sigaction(signal, &action, nullptr);
}

bool interrupted() {
  return interrupts > 0;
}

}  // namespace phasecore::app
