#include "sim/numerics/epilogue.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "common/random.hpp"
#include "models/graph/infer.hpp"
#include "models/graph/ops/input.hpp"
#include "models/graph/ops/pool.hpp"
#include "sim/analog/core_pass.hpp"

namespace phasecore::numerics {
namespace {

std::vector<float> normals(std::size_t n, std::uint64_t seed) {
  std::vector<float> v(n);
  common::RandomKey key;
  key.seed = seed;
  common::fill_normal(key, 0, 0, 0, n, v.data());
  return v;
}

TEST(Epilogue, EncodesLikeTheScalarRoundingOfTheCorePass) {
  std::vector<float> values = normals(5003, 1);
  for (float& v : values) v *= 40;
  const float infinity = std::numeric_limits<float>::infinity();
  for (float v : {0.5f, 1.5f, 2.5f, -0.5f, -1.5f, 127.5f, -127.5f, infinity, -infinity, 1e30f,
                  std::numeric_limits<float>::quiet_NaN()})
    values.push_back(v);
  for (const int max_code : {127, 31, 1}) {
    std::vector<std::int8_t> codes(values.size());
    encode(values.size(), values.data(), 1.0f, max_code, codes.data());
    for (std::size_t i = 0; i < values.size(); ++i)
      ASSERT_EQ(codes[i], analog::to_code(values[i], 1.0f, max_code)) << values[i];
  }
}

TEST(Epilogue, RoundsEveryElementAlikeWhereverItStands) {
  const std::vector<float> values = normals(37, 2);
  std::vector<float> all = values;
  round_fp16(all.size(), all.data());
  std::vector<std::int8_t> codes;
  for (int i = 0; i < 37; ++i) codes.push_back(static_cast<std::int8_t>(i * 7 - 127));
  std::vector<float> sums = values;
  add_codes(sums.size(), codes.data(), 0.013f, sums.data());
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_EQ(all[i], analog::round_fp16(values[i]));
    EXPECT_EQ(sums[i], analog::round_fp16(values[i] + static_cast<float>(codes[i]) * 0.013f));
    float one = values[i];
    add_codes(1, &codes[i], 0.013f, &one);
    EXPECT_EQ(one, sums[i]);
  }
}

TEST(Epilogue, InOnePassGivesTheCodesOfItsSteps) {
  std::vector<float> values = normals(301, 4);
  round_fp16(values.size(), values.data());
  values[7] = std::numeric_limits<float>::quiet_NaN();
  values[8] = std::numeric_limits<float>::infinity();
  std::vector<std::int8_t> one, two;
  for (int i = 0; i < 301; ++i)
    one.push_back(static_cast<std::int8_t>(i * 7)), two.push_back(static_cast<std::int8_t>(i * 3));
  using mapping::ActivationKind;
  int differ_from_clamped = 0;
  for (const ActivationKind first : {ActivationKind::None, ActivationKind::Relu, ActivationKind::Clip})
    for (const ActivationKind last : {ActivationKind::None, ActivationKind::Relu, ActivationKind::Clip})
      for (const std::size_t inputs : {0, 1, 2}) {
        const mapping::Activation before{first, -0.1f, 0.7f, {}}, after{last, 0.2f, 1.1f, {}};
        analog::AddedCodes added;
        if (inputs > 0) added = {{one.data()}, {0.004f}};
        if (inputs > 1) added = {{one.data(), two.data()}, {0.004f, 0.003f}};
        std::vector<float> stepwise = values;
        activate(before, stepwise.size(), stepwise.data());
        for (std::size_t i = 0; i < inputs; ++i)
          add_codes(stepwise.size(), added.codes[i], added.steps[i], stepwise.data());
        activate(after, stepwise.size(), stepwise.data());
        std::vector<std::int8_t> codes(values.size());
        analog::finish({limits_of(before), limits_of(after), 1 / 0.02f, 127}, added, values.size(),
                       values.data(), codes.data());
        for (std::size_t i = 0; i < values.size(); ++i) {
          ASSERT_EQ(codes[i], analog::to_code(stepwise[i], 1 / 0.02f, 127)) << i;
          differ_from_clamped += codes[i] != analog::to_code(values[i], 1 / 0.02f, 127) ? 1 : 0;
        }
      }
  EXPECT_GT(differ_from_clamped, 1000);
}

TEST(Epilogue, ClipsToLimitsThatAreFp16Numbers) {
  float values[3] = {-5, 0.3f, 7};
  activate({mapping::ActivationKind::Clip, -0.1f, 6.01f, {}}, 3, values);
  EXPECT_EQ(values[0], analog::round_fp16(-0.1f));
  EXPECT_EQ(values[1], 0.3f);
  EXPECT_EQ(values[2], analog::round_fp16(6.01f));
  float relu[2] = {-1, 2};
  activate({mapping::ActivationKind::Relu, 0, 0, {}}, 2, relu);
  EXPECT_EQ(relu[0], 0);
  EXPECT_EQ(relu[1], 2);
}

/// The pool of the float reference on the same plane.
graph::Batch reference_pool(const mapping::Pool& pool, const graph::Shape& in,
                            const std::vector<float>& plane) {
  graph::Network n;
  n.layers = {{"in", graph::Input(in), {}}};
  if (pool.kind == mapping::PoolKind::Max)
    n.layers.emplace_back("pool", graph::MaxPool(), std::vector<int>{0});
  else
    n.layers.emplace_back("pool", graph::AveragePool(), std::vector<int>{0});
  n.layers[1].edit<graph::Pool>()->window = pool.window;
  n.outputs = {1};
  return graph::infer(graph::build(n), {1, in, plane}).front();
}

TEST(Epilogue, PoolsLikeTheFloatReference) {
  const graph::Shape in{3, 7, 6};
  mapping::Pool pool;
  pool.window.kernel_h = 3, pool.window.kernel_w = 2;
  pool.window.stride_h = 2, pool.window.stride_w = 2;
  pool.window.pad_top = pool.window.pad_left = pool.window.pad_bottom = 1;
  std::vector<float> plane = normals(3 * 42, 3);
  round_fp16(plane.size(), plane.data());
  std::vector<float> pixel_major(plane.size());
  for (int c = 0; c < 3; ++c)
    for (int p = 0; p < 42; ++p) pixel_major[p * 3 + c] = plane[c * 42 + p];
  int compared = 0;
  for (const auto kind : {mapping::PoolKind::Max, mapping::PoolKind::Average})
    for (const bool with_padding : {false, true})
      for (const bool ceil : {false, true}) {
        pool.kind = kind;
        pool.window.count_include_pad = with_padding;
        pool.window.ceil_mode = ceil;
        const graph::Batch wanted = reference_pool(pool, in, plane);
        const int height = wanted.shape[1], width = wanted.shape[2];
        for (int y = 0; y < height; ++y)
          for (int x = 0; x < width; ++x) {
            float out[3];
            pool_pixel(pool, {pixel_major.data(), mapping::raster_of(in)}, y, x, out);
            for (int c = 0; c < 3; ++c, ++compared) {
              const float reference = wanted.values[(c * height + y) * width + x];
              // One FP16 rounding (2^-11) of an average, and float against double sums.
              const float bound = kind == mapping::PoolKind::Max ? 0 : 6e-4f * std::fabs(reference) + 1e-6f;
              EXPECT_NEAR(out[c], reference, bound)
                  << (kind == mapping::PoolKind::Max ? "max " : "average ") << y << "," << x;
            }
          }
      }
  EXPECT_GE(compared, 200);
}

}  // namespace
}  // namespace phasecore::numerics
