// Who waits for whom: the message of a deadlock.
#pragma once

#include <string>

#include "sim/chip/firings.hpp"

namespace phasecore::chip {

/// One line per unfinished task: where it is, what its oldest unfinished firing waits for, and from whom.
/// `queued`: packets of the task that have not left its port.
std::string describe_wait(RunState& run, const Firings& firings, int queued);

/// The same for a task of a core on which it is the turn of another.
std::string describe_turn(RunState& run, const Firings& firings, int other);

}  // namespace phasecore::chip
