// Ctrl-C: the first one asks for a clean end, the second one ends at once.
#pragma once

namespace phasecore::app {

/// Exit code of a program that the user interrupted (128 + SIGINT, as shells count).
constexpr int kInterrupted = 130;

/// From now on SIGINT and SIGTERM ask for a clean end; the second SIGINT leaves with kInterrupted.
/// (timeout(1) and batch systems send SIGTERM more than once.)
void watch_interrupts();
/// Was there one?
bool interrupted();

}  // namespace phasecore::app
