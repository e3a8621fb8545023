// What only moves values.
#include "models/graph/moving.hpp"
#include "models/graph/ops/resize.hpp"
#include "sim/mapping/lowering.hpp"

namespace phasecore::mapping {
namespace {

void lower_move(Lowering& at) {
  if (!at.layer().as<graph::Moving>()->fills_with_zeros()) return at.refuse("the chip pads with zeros only");
  at.move();
}

void lower_resize(Lowering& at) {
  if (at.layer().as<graph::Resize>()->mode != graph::Resize::Mode::Nearest)
    return at.refuse("the chip resizes to the nearest pixel only");
  at.move();
}

}  // namespace

void register_move(Rules& rules) {
  rules.add("Resize", lower_resize);
  for (const char* op : {"Concat", "DepthToSpace", "Expand", "Pad", "Slice", "SpaceToDepth", "Transpose"})
    rules.add(op, lower_move);
}

}  // namespace phasecore::mapping
