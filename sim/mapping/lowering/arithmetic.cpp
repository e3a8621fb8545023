// Sub, Mul, Div, Max, Min of two values, whose shapes broadcast.
#include "sim/mapping/lowering/arithmetic.hpp"

namespace phasecore::mapping {
namespace {

/// Is input `which` on the chip as a raster that broadcasts to the layer's? Refuses the layer if not.
bool broadcasts(Lowering& at, int which) {
  const graph::Shape& out = at.layer().shape;
  graph::Shape aligned = at.shape(which);
  if (!at.in_place(which)) return false;
  aligned.insert(aligned.begin(), out.size() - aligned.size(), 1);
  if (has_raster(out) && raster_of(aligned) == raster_of(at.input(which).shape)) return true;
  at.refuse("it broadcasts " + graph::to_string(at.shape(which)) + " to " + graph::to_string(out) +
            "; only along channels, rows and columns where they are");
  return false;
}

}  // namespace

void lower_combination(Lowering& at, Combination combination) {
  Stage stage;
  for (const int which : {0, 1}) {
    if (!broadcasts(at, which)) return;
    stage.inputs.push_back(at.input(which));
  }
  stage.out_shape = at.layer().shape;
  CombineWork work;
  work.combination = combination;
  stage.work = work;
  at.start(std::move(stage));
}

void register_arithmetic(Rules& rules) {
  const auto add = [&](const char* op, Combination combination) {
    rules.add(op, [combination](Lowering& at) { lower_combination(at, combination); });
  };
  add("Sub", Combination::Sub);
  add("Mul", Combination::Mul);
  add("Div", Combination::Div);
  add("Max", Combination::Max);
  add("Min", Combination::Min);
}

}  // namespace phasecore::mapping
