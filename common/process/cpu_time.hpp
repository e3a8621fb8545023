// What a process and its descendants have used so far.
#pragma once

#include <sys/types.h>

namespace phasecore::process {

struct TreeUse {
  bool alive = false;      ///< false: `root` is gone, or waits to be reaped
  double cpu_seconds = 0;  ///< of the living ones and of the descendants they have reaped
};

/// Reads /proc; descendants that lost their parent are not seen.
TreeUse tree_use(pid_t root);

}  // namespace phasecore::process
