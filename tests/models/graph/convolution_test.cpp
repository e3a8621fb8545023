// Convolutions against the definition, written as direct loops, on random shapes.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/models/graph/draft.hpp"

namespace phasecore {
namespace {

/// The definition: every output is a sum over the window, in double.
std::vector<double> direct_convolution(const graph::Layer& layer, const graph::Shape& in,
                                       const std::vector<float>& x) {
  const auto& conv = *layer.as<graph::Conv>();
  const graph::Window& w = conv.window;
  const int out_per_group = layer.shape[0] / conv.groups, in_per_group = in[0] / conv.groups;
  std::vector<double> result;
  for (int o = 0; o < layer.shape[0]; ++o)
    for (int oy = 0; oy < layer.shape[1]; ++oy)
      for (int ox = 0; ox < layer.shape[2]; ++ox) {
        double sum = conv.bias.empty() ? 0.0 : conv.bias.values[o];
        for (int c = 0; c < in_per_group; ++c)
          for (int ky = 0; ky < w.kernel_h; ++ky)
            for (int kx = 0; kx < w.kernel_w; ++kx) {
              const int y = oy * w.stride_h - w.pad_top + ky * w.dilation_h;
              const int v = ox * w.stride_w - w.pad_left + kx * w.dilation_w;
              if (y < 0 || y >= in[1] || v < 0 || v >= in[2]) continue;
              const int channel = o / out_per_group * in_per_group + c;
              sum += static_cast<double>(x[(channel * in[1] + y) * in[2] + v]) *
                     conv.weights.values[((o * in_per_group + c) * w.kernel_h + ky) * w.kernel_w + kx];
            }
        result.push_back(sum);
      }
  return result;
}

/// Small random integers, one stream per test.
class Dice {
 public:
  int roll(int low, int high) {
    common::RandomKey key;
    key.seed = 7;
    return low +
           static_cast<int>(common::uniform_index(key, count_++, static_cast<std::uint32_t>(high - low + 1)));
  }

 private:
  std::uint64_t count_ = 0;
};

TEST(Infer, ConvolutionsEqualTheirDefinitionOnRandomShapes) {
  Dice dice;
  int compared = 0, strided = 0, dilated = 0, grouped = 0, depthwise = 0, lopsided = 0;
  for (std::uint32_t trial = 0; compared < 300; ++trial) {
    ASSERT_LT(trial, 2000u);
    const int groups = dice.roll(1, 4), in_per_group = dice.roll(1, 12), out_per_group = dice.roll(1, 9);
    const graph::Shape in{groups * in_per_group, dice.roll(1, 14), dice.roll(1, 14)};
    test::Draft d(in);
    graph::Conv& conv = d.add<graph::Conv>("conv");
    graph::Window& w = conv.window;
    w.kernel_h = dice.roll(1, 5), w.kernel_w = dice.roll(1, 5);
    w.stride_h = dice.roll(1, 3), w.stride_w = dice.roll(1, 3);
    w.dilation_h = dice.roll(1, 2), w.dilation_w = dice.roll(1, 3);
    w.pad_top = dice.roll(0, 3), w.pad_left = dice.roll(0, 6), w.pad_bottom = dice.roll(0, 3),
    w.pad_right = dice.roll(0, 6);
    const int span_h = (w.kernel_h - 1) * w.dilation_h + 1, span_w = (w.kernel_w - 1) * w.dilation_w + 1;
    if (in[1] + w.pad_top + w.pad_bottom < span_h || in[2] + w.pad_left + w.pad_right < span_w) continue;
    conv.groups = groups;
    conv.weights = test::random_tensor({groups * out_per_group, in_per_group, w.kernel_h, w.kernel_w}, trial);
    if (dice.roll(0, 1) == 1) conv.bias = test::random_tensor({groups * out_per_group}, 10000 + trial);
    const graph::Network n = d.build();

    const graph::Batch x = test::random_batch(1, in, 20000 + trial);
    const graph::Batch y = graph::infer(n, x).at(0);
    const std::vector<double> expected = direct_convolution(n.layers[1], in, x.values);
    ASSERT_EQ(y.values.size(), expected.size());
    // At most 12 * 25 products of numbers below 1: the float sum is within 300 * 2^-23 of the exact one.
    double worst = 0;
    for (std::size_t i = 0; i < expected.size(); ++i)
      worst = std::max(worst, std::fabs(y.values[i] - expected[i]));
    ASSERT_LT(worst, 4e-5) << "trial " << trial;
    ++compared;
    strided += w.stride_h > 1 || w.stride_w > 1;
    dilated += w.dilation_h > 1 || w.dilation_w > 1;
    grouped += groups > 1;
    depthwise += groups > 1 && in_per_group == 1;
    lopsided += w.pad_top != w.pad_bottom || w.pad_left != w.pad_right;
  }
  EXPECT_EQ(compared, 300);
  EXPECT_GT(std::min({strided, dilated, grouped, lopsided}), 100);
  EXPECT_GT(depthwise, 10);
}

TEST(Infer, LargeConvolutionsAreCutIntoBandsWithoutATrace) {
  // 288 rows of patches of 60x60 pixels do not fit the patch buffer at once, and 288 > 256 needs two partial
  // sums.
  for (int stride : {1, 2}) {
    const graph::Shape in{32, 61 * stride, 60 * stride};
    test::Draft d(in);
    d.conv("conv", 32, 5, 3, stride, 1);
    const graph::Network n = d.build();
    const graph::Batch x = test::random_batch(1, in, 1);
    const std::vector<float> y = graph::infer(n, x)[0].values;
    const std::vector<double> expected = direct_convolution(n.layers[1], in, x.values);
    double worst = 0, largest = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      worst = std::max(worst, std::fabs(y[i] - expected[i]));
      largest = std::max(largest, std::fabs(expected[i]));
    }
    EXPECT_LT(worst, 1e-5 * largest) << "stride " << stride;
  }
}

TEST(Im2col, LaysPatchesOutAsOnnxWeights) {
  const std::vector<float> image{1, 2, 3, 4, 5, 6, 7, 8};  // two channels of 2x2
  graph::Window w;
  w.kernel_h = 2;
  w.kernel_w = 1;
  w.pad_top = 1;
  std::vector<float> patches(4 * 4, -1);
  graph::im2col(image.data(), {2, 2, 2}, w, 2, 2, patches.data());
  EXPECT_EQ(patches, (std::vector<float>{0, 0, 1, 2,  // channel 0, upper tap, pixels (0,0) (0,1) (1,0) (1,1)
                                         1, 2, 3, 4,  // channel 0, lower tap
                                         0, 0, 5, 6,  // channel 1, upper tap
                                         5, 6, 7, 8}));  // channel 1, lower tap
}

}  // namespace
}  // namespace phasecore
