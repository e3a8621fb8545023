#include "tests/sim/mapping/float_stages.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "sim/mapping/stage.hpp"

namespace phasecore::test {

using mapping::Activation;
using mapping::ActivationKind;
using mapping::kNetworkInput;
using mapping::Mapping;
using mapping::Raster;
using mapping::raster_of;
using mapping::Stage;
using mapping::StageKind;
using mapping::SubMatrix;

float activated(const Activation& a, float v) {
  if (a.kind == ActivationKind::None) return v;
  if (v < (a.kind == ActivationKind::Relu ? 0.0f : a.low))
    return a.kind == ActivationKind::Relu ? 0.0f : a.low;
  return a.kind == ActivationKind::Clip && v > a.high ? a.high : v;
}

Values input_vector(const Stage& s, const Values& in, int position) {
  if (s.op == graph::Op::Gemm) return in;
  const Raster r = raster_of(s.in_shape);
  const int width = raster_of(s.mvm_shape).width, oy = position / width, ox = position % width;
  Values vector;
  for (int c = 0; c < r.channels; ++c)
    for (int ky = 0; ky < s.window.kernel_h; ++ky)
      for (int kx = 0; kx < s.window.kernel_w; ++kx) {
        const int y = oy * s.window.stride_h - s.window.pad_top + ky * s.window.dilation_h;
        const int x = ox * s.window.stride_w - s.window.pad_left + kx * s.window.dilation_w;
        const bool inside = y >= 0 && y < r.height && x >= 0 && x < r.width;
        vector.push_back(inside ? in[(c * r.height + y) * r.width + x] : 0.0f);
      }
  return vector;
}

namespace {

/// W x + b, adding up the sub-matrices (or the whole matrix of a digital layer).
Values multiply(const Stage& s, const Values& in) {
  std::vector<SubMatrix> parts = s.submatrices;
  if (parts.empty()) parts.push_back({0, s.rows, 0, s.cols, 0, 0});
  const int positions = s.positions();
  Values out(static_cast<std::size_t>(s.cols) * positions);
  for (int p = 0; p < positions; ++p) {
    const Values x = input_vector(s, in, p);
    EXPECT_EQ(static_cast<int>(x.size()), s.rows);
    for (int c = 0; c < s.cols; ++c) out[c * positions + p] = s.bias[c];
    for (const SubMatrix& part : parts)
      for (int c = part.col_begin; c < part.col_end; ++c)
        for (int r = part.row_begin; r < part.row_end; ++r)
          out[c * positions + p] += x[r] * s.weights[static_cast<std::size_t>(r) * s.cols + c];
  }
  return out;
}

}  // namespace

float pooled(const Stage& s, const Values& in, int channel, int position) {
  const Raster from = raster_of(s.mvm_shape), to = raster_of(s.out_shape);
  const graph::Window& w = s.pool->window;
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
  return s.pool->op == graph::Op::MaxPool ? most : sum / static_cast<float>(count);
}

Values run_stages(const Mapping& m, const Values& image) {
  std::vector<Values> outputs;
  const auto value = [&](int stage) -> const Values& {
    return stage == kNetworkInput ? image : outputs[stage];
  };
  for (const Stage& s : m.stages) {
    Values v = s.kind == StageKind::Mvm ? multiply(s, value(s.input)) : value(s.input);
    for (std::size_t i = 0; i < v.size(); ++i) {
      v[i] = activated(s.first_activation, v[i]);
      if (s.skip) v[i] += value(*s.skip)[i];
      v[i] = activated(s.activation, v[i]);
    }
    if (s.pool) {
      const Raster to = raster_of(s.out_shape);
      Values small;
      for (int c = 0; c < to.channels; ++c)
        for (int p = 0; p < to.pixels(); ++p) small.push_back(pooled(s, v, c, p));
      v = small;
    }
    outputs.push_back(v);
    EXPECT_EQ(static_cast<long long>(outputs.back().size()), graph::volume(s.out_shape)) << s.name;
  }
  return outputs.back();
}

}  // namespace phasecore::test
