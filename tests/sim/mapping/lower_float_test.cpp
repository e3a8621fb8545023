// Stages compute what the network computes: the stage graph run in float, sub-matrix by sub-matrix, against
// graph::infer.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "models/graph/infer.hpp"
#include "sim/mapping/mapping.hpp"
#include "sim/mapping/stage.hpp"
#include "tests/sim/mapping/networks.hpp"

namespace phasecore::mapping {
namespace {

using Values = std::vector<float>;

float activated(const Activation& a, float v) {
  if (a.kind == ActivationKind::None) return v;
  if (v < (a.kind == ActivationKind::Relu ? 0.0f : a.low))
    return a.kind == ActivationKind::Relu ? 0.0f : a.low;
  return a.kind == ActivationKind::Clip && v > a.high ? a.high : v;
}

/// Input vector of one firing: rows in the order of Stage::rows.
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

Values pooled(const Stage& s, const Values& in) {
  const Raster from = raster_of(s.mvm_shape), to = raster_of(s.out_shape);
  const graph::Window& w = s.pool->window;
  Values out;
  for (int c = 0; c < to.channels; ++c)
    for (int oy = 0; oy < to.height; ++oy)
      for (int ox = 0; ox < to.width; ++ox) {
        float most = -std::numeric_limits<float>::infinity(), sum = 0;
        int count = 0;
        for (int ky = 0; ky < w.kernel_h; ++ky)
          for (int kx = 0; kx < w.kernel_w; ++kx) {
            const int y = oy * w.stride_h - w.pad_top + ky, x = ox * w.stride_w - w.pad_left + kx;
            if (y < 0 || y >= from.height || x < 0 || x >= from.width) continue;
            const float v = in[(c * from.height + y) * from.width + x];
            most = std::max(most, v);
            sum += v;
            ++count;
          }
        out.push_back(s.pool->op == graph::Op::MaxPool ? most : sum / static_cast<float>(count));
      }
  return out;
}

Values run(const Mapping& m, const Values& image) {
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
    outputs.push_back(s.pool ? pooled(s, v) : v);
    EXPECT_EQ(static_cast<long long>(outputs.back().size()), graph::volume(s.out_shape)) << s.name;
  }
  return outputs.back();
}

/// Every weight in exactly one sub-matrix.
void expect_covered(const Stage& s) {
  if (s.submatrices.empty()) return;
  std::vector<int> covered(static_cast<std::size_t>(s.rows) * s.cols);
  for (const SubMatrix& p : s.submatrices)
    for (int r = p.row_begin; r < p.row_end; ++r)
      for (int c = p.col_begin; c < p.col_end; ++c) ++covered[static_cast<std::size_t>(r) * s.cols + c];
  for (std::size_t i = 0; i < covered.size(); ++i) {
    ASSERT_LE(covered[i], 1);
    if (s.weights[i] != 0.0f) {
      ASSERT_EQ(covered[i], 1);
    }
  }
}

struct Seen {
  int networks = 0, fused_skips = 0, fused_pools = 0, digital = 0, chains = 0;
};

Seen compare(const config::Chip& chip, int networks) {
  Seen seen;
  for (int seed = 1; seed <= networks; ++seed, ++seen.networks) {
    const graph::Network network = test::random_network(seed, 3 + seed % 12);
    const Mapping mapping = map(network, chip);
    graph::Batch image;
    image.samples = 1;
    image.shape = network.input().shape;
    for (long long i = 0; i < graph::volume(image.shape); ++i)
      image.values.push_back(std::sin(static_cast<float>(i * (seed + 3))));
    // A Softmax at the end is the host's: the stages deliver what goes into it.
    const int out = network.outputs[0];
    const bool tail = !mapping.host_tail.empty();
    const int logits = tail ? network.layers[out].inputs[0] : out;
    const Values expected = graph::infer_all(network, image)[logits].values;
    const Values ours = run(mapping, image.values);
    EXPECT_EQ(ours.size(), expected.size());
    float scale = 1e-3f;
    for (float v : expected) scale = std::max(scale, std::abs(v));
    for (std::size_t i = 0; i < ours.size(); ++i)
      EXPECT_NEAR(ours[i], expected[i], 1e-4f * scale) << network.name << " output " << i;
    for (const Stage& s : mapping.stages) {
      expect_covered(s);
      if (s.kind == StageKind::Mvm && s.skip) ++seen.fused_skips;
      if (s.kind == StageKind::Mvm && s.pool) ++seen.fused_pools;
      if (s.kind == StageKind::Digital) ++seen.digital;
      for (const SubMatrix& p : s.submatrices) seen.chains += p.hop > 0;
    }
  }
  return seen;
}

config::Chip small_crossbars(const char* name) {
  config::Chip chip = config::load_chip(name);
  chip.crossbar.rows = 20;
  chip.crossbar.columns = 6;
  chip.grid.columns = chip.grid.rows = 32;
  return chip;
}

TEST(Lowering, StagesComputeWhatTheNetworkComputes) {
  const Seen seen = compare(small_crossbars("hermes-mesh"), 200);
  EXPECT_EQ(seen.networks, 200);
  EXPECT_GT(seen.fused_skips, 50);
  EXPECT_GT(seen.fused_pools, 30);
  EXPECT_GT(seen.digital, 50);
  EXPECT_GT(seen.chains, 500);
}

TEST(Lowering, StagesBetweenWhichTheHostWorksComputeTheSame) {
  const Seen seen = compare(small_crossbars("hermes"), 100);
  EXPECT_EQ(seen.networks, 100);
  EXPECT_EQ(seen.fused_skips, 0);
  EXPECT_EQ(seen.fused_pools, 0);
  EXPECT_GT(seen.digital, 100);
}

}  // namespace
}  // namespace phasecore::mapping
