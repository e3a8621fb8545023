// Ctrl-C and SIGTERM: the first one asks for a clean end, the second one ends at once.
#pragma once

namespace phasecore::app {

/// Exit code of a program that the user interrupted (128 + SIGINT, as shells count).
constexpr int kInterrupted = 130;

/// From now on the first SIGINT or SIGTERM asks for a clean end, and the second one leaves with kInterrupted.
/// A SIGTERM within a second of the first one is none of its own: timeout(1) and batch systems send two.
void watch_interrupts();
/// Was there one?
bool interrupted();

}  // namespace phasecore::app
