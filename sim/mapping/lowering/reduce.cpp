// ReduceMean and ReduceMax over all pixels of an image or all points of a line: pools.
#include "models/graph/ops/reduce.hpp"

#include "sim/mapping/lowering.hpp"
#include "sim/mapping/stages/pool.hpp"

namespace phasecore::mapping {
namespace {

Stage pooled(StageInput input, PoolKind kind) {
  const Raster in = raster_of(input.shape);
  Stage stage;
  stage.inputs = {std::move(input)};
  stage.out_shape = {in.channels, 1, 1};
  PoolWork work;
  work.pool.kind = kind;
  work.pool.window.kernel_h = in.height;
  work.pool.window.kernel_w = in.width;
  stage.work = work;
  return stage;
}

/// Of {steps, width} over the steps.
void lower_over_steps(Lowering& at, PoolKind kind) {
  const auto sequence = at.sequence(0);
  if (!sequence) return at.refuse("the steps of its sequence do not come one after the other");
  at.start(pooled(*sequence, kind));
}

void lower_reduce(Lowering& at, PoolKind kind) {
  const auto& reduce = *at.layer().as<graph::Reduce>();
  const std::size_t rank = at.shape(0).size();
  if (rank == 2 && reduce.axes == std::vector<int>{0}) return lower_over_steps(at, kind);
  const std::vector<int> pixels = rank == 3 ? std::vector<int>{1, 2} : std::vector<int>{1};
  if (reduce.axes != pixels || rank < 2)
    return at.refuse(
        "the chip takes means and maxima over all pixels of an image, all points of a line or all steps of a "
        "sequence");
  if (!at.in_place(0)) return;
  at.start(pooled(at.input(0), kind));
}

}  // namespace

void register_reduce(Rules& rules) {
  rules.add("ReduceMean", [](Lowering& at) { lower_reduce(at, PoolKind::Average); });
  rules.add("ReduceMax", [](Lowering& at) { lower_reduce(at, PoolKind::Max); });
}

}  // namespace phasecore::mapping
