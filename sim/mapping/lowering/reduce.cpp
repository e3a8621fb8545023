// ReduceMean and ReduceMax over all pixels of an image or all points of a line: pools.
#include "models/graph/ops/reduce.hpp"

#include "sim/mapping/lowering.hpp"
#include "sim/mapping/stages/pool.hpp"

namespace phasecore::mapping {
namespace {

void lower_reduce(Lowering& at, PoolKind kind) {
  const auto& reduce = *at.layer().as<graph::Reduce>();
  const std::size_t rank = at.shape(0).size();
  const std::vector<int> pixels = rank == 3 ? std::vector<int>{1, 2} : std::vector<int>{1};
  if (reduce.axes != pixels || rank < 2)
    return at.refuse("the chip takes means and maxima over all pixels of an image or all points of a line");
  if (!at.in_place(0)) return;
  Stage stage;
  stage.inputs = {at.input(0)};
  const Raster in = raster_of(stage.inputs[0].shape);
  stage.out_shape = {in.channels, 1, 1};
  PoolWork work;
  work.pool.kind = kind;
  work.pool.window.kernel_h = in.height;
  work.pool.window.kernel_w = in.width;
  stage.work = work;
  at.start(std::move(stage));
}

}  // namespace

void register_reduce(Rules& rules) {
  rules.add("ReduceMean", [](Lowering& at) { lower_reduce(at, PoolKind::Average); });
  rules.add("ReduceMax", [](Lowering& at) { lower_reduce(at, PoolKind::Max); });
}

}  // namespace phasecore::mapping
