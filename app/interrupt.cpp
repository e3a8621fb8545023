#include "app/interrupt.hpp"

#include <signal.h>
#include <unistd.h>

#include <initializer_list>

namespace phasecore::app {
namespace {

volatile sig_atomic_t asked = 0;
volatile sig_atomic_t pressed = 0;

void count(int signal) {
  if (signal == SIGINT) pressed = pressed + 1;
  if (pressed > 1) ::_exit(kInterrupted);  // the archive is safe at any moment; workers die with this process
  if (asked != 0) return;
  asked = 1;
  constexpr char text[] = "\nending with what is known so far; Ctrl-C once more: at once\n";
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text, sizeof text - 1);
}

}  // namespace

void watch_interrupts() {
  struct sigaction action {};
  action.sa_handler = count;
  sigemptyset(&action.sa_mask);
  for (const int signal : {SIGINT, SIGTERM}) ::sigaction(signal, &action, nullptr);
}

bool interrupted() {
  return asked != 0;
}

}  // namespace phasecore::app
