#include "sim/mapping/pool_cut.hpp"

#include <algorithm>

#include "common/diagnostics.hpp"

namespace phasecore::mapping {
namespace {

std::vector<int> divisors(int n) {
  std::vector<int> all;
  for (int d = n; d >= 1; --d)
    if (n % d == 0) all.push_back(d);
  return all;
}

/// A stage that comes after `s` and what reads it move back by one.
void make_room(std::vector<Stage>& stages, int s) {
  const auto moved = [&](int& stage) { stage += stage >= s ? 1 : 0; };
  for (Stage& stage : stages)
    for (StageInput& input : stage.inputs) {
      moved(input.stage);
      for (ChannelPart& part : input.parts) moved(part.stage);
    }
  for (Stage& stage : stages)
    if (stage.beside > s) ++stage.beside;
}

bool reads(const Stage& reader, int stage) {
  return std::any_of(reader.inputs.begin(), reader.inputs.end(), [&](const StageInput& input) {
    const auto parts = parts_of(input);
    return std::any_of(parts.begin(), parts.end(), [&](const ChannelPart& p) { return p.stage == stage; });
  });
}

}  // namespace

std::vector<PoolCut> pool_cuts(const MvmWork& mvm) {
  std::vector<PoolCut> cuts{{}};
  if (!mvm.pool) return cuts;
  if (!mvm.has_even_pool()) {
    cuts.push_back({1, 1});
    return cuts;
  }
  const graph::Window& w = mvm.pool->window;
  for (const int h : divisors(w.kernel_h))
    for (const int x : divisors(w.kernel_w))
      if (h < w.kernel_h || x < w.kernel_w) cuts.push_back({h, x});
  return cuts;
}

std::optional<Pool> first_pool(const Pool& pool, const PoolCut& cut) {
  if (cut.h == 1 && cut.w == 1) return std::nullopt;
  Pool first = pool;
  first.window.kernel_h = first.window.stride_h = cut.h;
  first.window.kernel_w = first.window.stride_w = cut.w;
  return first;
}

Stage rest_of_pool(const Stage& stage, int s, const PoolCut& cut) {
  const MvmWork& mvm = *stage.as<MvmWork>();
  const Raster plane = raster_of(mvm.plane);
  Stage rest;
  rest.name = mvm.pool_layer;
  rest.op = mvm.pool_op;
  rest.inputs = {{s, {plane.channels, plane.height / cut.h, plane.width / cut.w}}};
  rest.out_shape = stage.out_shape;
  rest.range_name = stage.range_name;
  PoolWork work;
  work.pool = *mvm.pool;
  graph::Window& w = work.pool.window;
  w.kernel_h /= cut.h;
  w.kernel_w /= cut.w;
  w.stride_h = std::max(w.stride_h / cut.h, 1);
  w.stride_w = std::max(w.stride_w / cut.w, 1);
  rest.work = work;
  return rest;
}

int rest_beside(const std::vector<Stage>& stages, int s) {
  for (int reader = s + 1; reader < static_cast<int>(stages.size()); ++reader) {
    const MvmWork* mvm = in_crossbars(stages[reader]);
    if (mvm != nullptr && mvm->positions() == 1 && reads(stages[reader], s)) return reader;
  }
  return -1;
}

void cut_pool(std::vector<Stage>& stages, int s, const PoolCut& cut) {
  common::ensure(!cut.is_none(), "mapping: a pool is cut into nothing");
  Stage rest = rest_of_pool(stages[s], s, cut);
  make_room(stages, s);
  Stage& stage = stages[s];
  auto& mvm = *stage.as<MvmWork>();
  stage.out_shape = rest.inputs[0].shape;
  stage.range_name = mvm.pooled_layer;
  mvm.pool = first_pool(*mvm.pool, cut);
  mvm.pool_cut = cut;
  stages.insert(stages.begin() + s + 1, std::move(rest));
  stages[s + 1].beside = rest_beside(stages, s + 1);
}

}  // namespace phasecore::mapping
