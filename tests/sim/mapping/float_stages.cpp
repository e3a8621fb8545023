#include "tests/sim/mapping/float_stages.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "sim/mapping/stages/combine.hpp"
#include "sim/mapping/stages/elementwise.hpp"
#include "sim/mapping/stages/move.hpp"

namespace phasecore::test {

using mapping::Activation;
using mapping::ActivationKind;
using mapping::kNetworkInput;
using mapping::Mapping;
using mapping::MvmWork;
using mapping::Raster;
using mapping::raster_of;
using mapping::Stage;
using mapping::SubMatrix;

float activated(const Activation& a, float v) {
  if (a.kind == ActivationKind::None) return v;
  if (v < (a.kind == ActivationKind::Relu ? 0.0f : a.low))
    return a.kind == ActivationKind::Relu ? 0.0f : a.low;
  return a.kind == ActivationKind::Clip && v > a.high ? a.high : v;
}

Values input_vector(const Stage& s, const Values& in, int position) {
  const MvmWork& mvm = *s.as<MvmWork>();
  if (!mvm.window) return in;
  const graph::Window w = mvm.tile_window();
  const Raster r = raster_of(s.inputs[0].shape);
  const int width = mvm.tiles().width, oy = position / width, ox = position % width;
  Values vector;
  for (int c = 0; c < r.channels; ++c)
    for (int ky = 0; ky < w.kernel_h; ++ky)
      for (int kx = 0; kx < w.kernel_w; ++kx) {
        const int y = oy * w.stride_h - w.pad_top + ky * w.dilation_h;
        const int x = ox * w.stride_w - w.pad_left + kx * w.dilation_w;
        const bool inside = y >= 0 && y < r.height && x >= 0 && x < r.width;
        vector.push_back(inside ? in[(c * r.height + y) * r.width + x] : 0.0f);
      }
  return vector;
}

namespace {

/// W x + b, adding up the sub-matrices (or the whole matrix of a digital layer).
Values multiply(const Stage& s, const Values& in) {
  const MvmWork& mvm = *s.as<MvmWork>();
  std::vector<SubMatrix> parts = mvm.submatrices;
  if (parts.empty()) parts.push_back({0, mvm.rows, 0, mvm.cols, 0, 0});
  EXPECT_FALSE(mvm.is_shared());
  const int positions = mvm.positions();
  Values out(static_cast<std::size_t>(mvm.cols) * positions);
  for (int p = 0; p < positions; ++p) {
    const Values x = input_vector(s, in, p);
    EXPECT_EQ(static_cast<int>(x.size()), mvm.rows);
    for (int c = 0; c < mvm.cols; ++c) out[c * positions + p] = mvm.bias[c];
    for (const SubMatrix& part : parts)
      for (int c = part.col_begin; c < part.col_end; ++c)
        for (int r = part.row_begin; r < part.row_end; ++r)
          out[c * positions + p] += x[r] * mvm.weights[static_cast<std::size_t>(r) * mvm.cols + c];
  }
  return out;
}

Values pooled_plane(const mapping::Pool& pool, const PoolShapes& shapes, const Values& in) {
  Values small;
  for (int c = 0; c < shapes.out.channels; ++c)
    for (int p = 0; p < shapes.out.pixels(); ++p) small.push_back(pooled(pool, shapes, in, c, p));
  return small;
}

void activate(const Activation& a, Values& values) {
  for (float& v : values) v = activated(a, v);
}

void add(const Values& other, Values& values) {
  for (std::size_t i = 0; i < values.size(); ++i) values[i] += other[i];
}

}  // namespace

float pooled(const mapping::Pool& pool, const PoolShapes& shapes, const Values& in, int channel,
             int position) {
  const auto& [from, to] = shapes;
  const graph::Window& w = pool.window;
  float most = -std::numeric_limits<float>::infinity(), sum = 0;
  int count = 0;
  for (int ky = 0; ky < w.kernel_h; ++ky)
    for (int kx = 0; kx < w.kernel_w; ++kx) {
      const int y = position / to.width * w.stride_h - w.pad_top + ky;
      const int x = position % to.width * w.stride_w - w.pad_left + kx;
      if (y < 0 || y >= from.height || x < 0 || x >= from.width) continue;
      const float v = in[(channel * from.height + y) * from.width + x];
      most = v > most || v != v ? v : most;
      sum += v;
      ++count;
    }
  return pool.kind == mapping::PoolKind::Max ? most : sum / static_cast<float>(count);
}

float combined(const Stage& stage, const std::vector<Values>& inputs, int channel, int position) {
  const Raster to = raster_of(stage.out_shape);
  const auto value = [&](int input) {
    const Raster from = raster_of(stage.inputs[input].shape);
    const int c = from.channels == 1 ? 0 : channel, y = from.height == 1 ? 0 : position / to.width;
    const int x = from.width == 1 ? 0 : position % to.width;
    return inputs[input][(c * from.height + y) * from.width + x];
  };
  const float a = value(0), b = value(1);
  const auto& work = *stage.as<mapping::CombineWork>();
  switch (work.combination) {
    case mapping::Combination::Add:
      return activated(work.activation, a + b);
    case mapping::Combination::Sub:
      return activated(work.activation, a - b);
    case mapping::Combination::Mul:
      return activated(work.activation, a * b);
    case mapping::Combination::Div:
      return activated(work.activation, a / b);
    case mapping::Combination::Max:
      return activated(work.activation, a > b || a != a ? a : b);
    case mapping::Combination::Min:
      return activated(work.activation, a < b || a != a ? a : b);
  }
  return std::numeric_limits<float>::quiet_NaN();
}

float moved(const Stage& stage, const std::vector<Values>& inputs, int channel, int position) {
  const auto& places = stage.as<mapping::MoveWork>()->places;
  const mapping::Place& place = places[position * raster_of(stage.out_shape).channels + channel];
  if (place.at < 0) return 0;
  const Raster from = raster_of(stage.inputs[place.input].shape);
  return inputs[place.input][place.at % from.channels * from.pixels() + place.at / from.channels];
}

namespace {

using OneValue = float (*)(const Stage&, const std::vector<Values>&, int, int);

Values every_value(const Stage& stage, const std::vector<Values>& inputs, OneValue one) {
  Values values;
  const Raster out = raster_of(stage.out_shape);
  for (int channel = 0; channel < out.channels; ++channel)
    for (int position = 0; position < out.pixels(); ++position)
      values.push_back(one(stage, inputs, channel, position));
  return values;
}

}  // namespace

Values run_stages(const Mapping& m, const Values& image) {
  std::vector<Values> outputs;
  for (const Stage& s : m.stages) {
    std::vector<Values> inputs;  // in C order channels lie one behind the other
    for (const mapping::StageInput& read : s.inputs) {
      inputs.emplace_back();
      for (const mapping::ChannelPart& part : mapping::parts_of(read)) {
        const Values& from = part.stage == kNetworkInput ? image : outputs[part.stage];
        const int pixels = raster_of(read.shape).pixels();
        inputs.back().insert(inputs.back().end(), from.begin() + part.begin * pixels,
                             from.begin() + part.end * pixels);
      }
    }
    const auto input = [&](std::size_t i) -> const Values& { return inputs[i]; };
    const Raster out = raster_of(s.out_shape);
    Values v;
    if (const auto* mvm = s.as<MvmWork>()) {
      v = multiply(s, input(0));
      activate(mvm->first_activation, v);
      for (std::size_t i = 1; i < s.inputs.size(); ++i) add(input(i), v);
      activate(mvm->activation, v);
      if (mvm->pool) v = pooled_plane(*mvm->pool, {raster_of(mvm->plane), out}, v);
    } else if (const auto* pool = s.as<mapping::PoolWork>()) {
      v = input(0);
      activate(pool->activation, v);
      v = pooled_plane(pool->pool, {raster_of(s.inputs[0].shape), out}, v);
    } else if (const auto* sum = s.as<mapping::ElementwiseWork>()) {
      v = input(0);
      for (std::size_t i = 1; i < s.inputs.size(); ++i) add(input(i), v);
      activate(sum->activation, v);
    } else if (s.as<mapping::CombineWork>() != nullptr) {
      v = every_value(s, inputs, combined);
    } else if (s.as<mapping::MoveWork>() != nullptr) {
      v = every_value(s, inputs, moved);
    } else {
      ADD_FAILURE() << s.name << " does what these tests do not know";
    }
    outputs.push_back(v);
    EXPECT_EQ(static_cast<long long>(outputs.back().size()), graph::volume(s.out_shape)) << s.name;
  }
  return outputs.back();
}

}  // namespace phasecore::test
