// Whether the tasks of a program can come to wait for each other.
#pragma once

#include "sim/program/program.hpp"

namespace phasecore::program {

/// An image waits for none that enters so many images after it, or later: on shared cores turns of later
/// images come before its last ones, by the lags of their tasks. 0 where no core is shared.
int images_ahead(const Program& program);

/// Images after which a run of a program with shared cores repeats itself, and one more: what two consecutive
/// images show then holds for all (docs/model/timing.md, "Deadlock").
int images_until_steady(const Program& program);

/// Fires one firing after the other as orders, tokens and buffers allow; throws InternalError naming who
/// waits when that ends before the last of images_until_steady() images. What it gets through, no timing can
/// hang.
void require_no_deadlock(const Program& program);

}  // namespace phasecore::program
