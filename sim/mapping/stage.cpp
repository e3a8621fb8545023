#include "sim/mapping/stage.hpp"

#include <algorithm>
#include <limits>

namespace phasecore::mapping {
namespace {

constexpr float kUnbounded = std::numeric_limits<float>::infinity();

float low_of(const Activation& a) {
  return a.kind == ActivationKind::None ? -kUnbounded : a.kind == ActivationKind::Relu ? 0.0f : a.low;
}
float high_of(const Activation& a) {
  return a.kind == ActivationKind::Clip ? a.high : kUnbounded;
}

}  // namespace

int Stage::positions() const {
  return raster_of(mvm_shape).pixels();
}

bool is_pool(const Stage& stage) {
  return stage.kind == StageKind::Digital && stage.pool.has_value();
}

bool in_crossbars(const Stage& stage) {
  return stage.kind == StageKind::Mvm && !stage.digital;
}

int firings(const Stage& stage) {
  return is_pool(stage) ? raster_of(stage.out_shape).pixels() : stage.positions();
}

Reads input_reads(const Stage& stage) {
  const Raster in = raster_of(stage.in_shape);
  if (is_pool(stage)) return window_reads(in, stage.pool->window, raster_of(stage.out_shape));
  if (stage.kind == StageKind::Digital) return pixel_reads(in.pixels());
  if (stage.op == graph::Op::Conv) return window_reads(in, stage.window, raster_of(stage.mvm_shape));
  return whole_reads(in);
}

int rows_per_channel(const Stage& stage) {
  if (stage.kind == StageKind::Digital) return 1;
  if (stage.op == graph::Op::Conv) return stage.window.kernel_h * stage.window.kernel_w;
  return raster_of(stage.in_shape).pixels();
}

long long weights_in(const Stage& stage, const SubMatrix& part) {
  const long long rows = part.row_end - part.row_begin;
  const long long cols = part.col_end - part.col_begin;
  const int rows_per_group = stage.rows / stage.groups;
  // Whole groups lie on the diagonal; a part of one group is dense.
  const long long groups = std::max(1LL, rows / rows_per_group);
  return rows * cols / groups;
}

Activation combine(const Activation& first, const Activation& second) {
  if (first.kind == ActivationKind::None) return second;
  if (second.kind == ActivationKind::None) return first;
  const float low = std::clamp(low_of(first), low_of(second), high_of(second));
  const float high = std::clamp(high_of(first), low_of(second), high_of(second));
  if (low == 0.0f && high == kUnbounded) return {ActivationKind::Relu, 0, 0};
  return {ActivationKind::Clip, low, high};
}

}  // namespace phasecore::mapping
