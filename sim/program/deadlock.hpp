// Whether the tasks of a program can come to wait for each other.
#pragma once

#include "sim/program/program.hpp"

namespace phasecore::program {

/// Images after which a run of a program with shared cores repeats itself, and one more: what two consecutive
/// images show then holds for all (docs/model/timing.md, "Deadlock").
int images_until_steady(const Program& program);

/// Fires one firing after the other as orders, tokens and buffers allow; throws InternalError naming who
/// waits when that ends before the last of images_until_steady() images. What it gets through, no timing can
/// hang.
void require_no_deadlock(const Program& program);

}  // namespace phasecore::program
