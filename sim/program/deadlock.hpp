// Whether the tasks of a program can come to wait for each other.
#pragma once

#include "sim/program/program.hpp"

namespace phasecore::program {

/// An image waits for none that enters more than so many images after it: on shared cores turns of later
/// images come before its last ones, by the lags of their tasks. 0 where no core is shared. That this is a
/// bound for every program whose tasks do not wait for each other: docs/model/timing.md, "Deadlock".
int images_ahead(const Program& program);

/// If tasks can come to wait for each other, some do within so many images, wherever they start: what gets
/// through as many gets through any number (same place).
int images_of_a_circle(const Program& program);

/// Fires one firing after the other as orders, tokens and buffers allow; throws InternalError naming who
/// waits when that ends before the last of images_of_a_circle() images. What it gets through, no timing can
/// hang.
void require_no_deadlock(const Program& program);

}  // namespace phasecore::program
