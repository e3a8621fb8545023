// MaxPool, AveragePool, GlobalMaxPool, GlobalAveragePool: fused where pixels complete windows one by one in
// order, else a stage of its own.
#include "sim/mapping/stages/pool.hpp"

#include "models/graph/ops/pool.hpp"
#include "sim/mapping/lowering.hpp"
#include "sim/mapping/stages/mvm.hpp"

namespace phasecore::mapping {
namespace {

void lower_pool(Lowering& at, const Pool& pool) {
  const graph::Shape& out = at.layer().shape;
  if (Stage* before = at.joined(0)) {
    auto* mvm = before->as<MvmWork>();
    common::ensure(mvm != nullptr, "mapping: what '" + before->name + "' does takes no pool");
    mvm->pool = pool;
    mvm->pool_layer = at.layer().name;
    mvm->pool_op = at.layer().op().name();
    mvm->pooled_layer = at.network().layers[at.layer().inputs[0]].name;
    before->out_shape = out;
    return at.extend(*before);
  }
  Stage stage;
  stage.inputs = {at.input(0)};
  stage.out_shape = out;
  PoolWork work;
  work.pool = pool;
  stage.work = work;
  at.start(std::move(stage));
}

void lower_window(Lowering& at, PoolKind kind) {
  if (at.in_place(0)) lower_pool(at, {kind, at.layer().as<graph::Pool>()->window});
}

void lower_global(Lowering& at, PoolKind kind) {
  if (!at.in_place(0)) return;
  const Raster in = raster_of(at.input(0).shape);
  Pool pool;
  pool.kind = kind;
  pool.window.kernel_h = in.height;
  pool.window.kernel_w = in.width;
  lower_pool(at, pool);
}

}  // namespace

void register_pool(Rules& rules) {
  rules.add("MaxPool", [](Lowering& at) { lower_window(at, PoolKind::Max); });
  rules.add("AveragePool", [](Lowering& at) { lower_window(at, PoolKind::Average); });
  rules.add("GlobalMaxPool", [](Lowering& at) { lower_global(at, PoolKind::Max); });
  rules.add("GlobalAveragePool", [](Lowering& at) { lower_global(at, PoolKind::Average); });
}

}  // namespace phasecore::mapping
