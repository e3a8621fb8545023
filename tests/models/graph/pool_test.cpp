#include <gtest/gtest.h>

#include "tests/models/graph/draft.hpp"

namespace phasecore {
namespace {

std::vector<float> run(const test::Draft& d, std::vector<float> x) {
  const graph::Network n = d.build();
  return graph::infer(n, {1, n.input().shape, std::move(x)}).at(0).values;
}

TEST(Infer, MaxPoolIgnoresPadding) {
  test::Draft d({1, 2, 2});
  graph::Window& pool = d.pool<graph::MaxPool>("pool", 2, 1);
  pool.pad_top = pool.pad_left = 1;
  EXPECT_EQ(run(d, {-4, -3, -2, -1}), (std::vector<float>{-4, -3, -2, -1}));
}

TEST(Infer, MaxPoolTakesDilatedTaps) {
  test::Draft d({1, 1, 5});
  graph::Window& pool = d.pool<graph::MaxPool>("pool", 1, 1);
  pool.kernel_w = 2;
  pool.dilation_w = 3;
  EXPECT_EQ(run(d, {1, 9, 2, 3, 4}), (std::vector<float>{3, 9}));
}

TEST(Infer, AveragePoolCountsPaddingOnlyWhenAsked) {
  for (bool include : {false, true}) {
    test::Draft d({1, 2, 2});
    graph::Window& pool = d.pool<graph::AveragePool>("pool", 2, 2);
    pool.pad_top = pool.pad_left = pool.pad_bottom = pool.pad_right = 1;
    pool.count_include_pad = include;
    const float divisor = include ? 4 : 1;
    EXPECT_EQ(run(d, {4, 8, 12, 16}),
              (std::vector<float>{4 / divisor, 8 / divisor, 12 / divisor, 16 / divisor}));
  }
}

TEST(Infer, AveragePoolDoesNotCountWhatCeilModeAddsBehindThePadding) {
  // Row of 3, kernel 2, stride 2, ceil: the second window holds one pixel, and its second tap is no padding
  // either.
  for (bool include : {false, true}) {
    test::Draft d({1, 1, 3});
    graph::Window& pool = d.pool<graph::AveragePool>("pool", 1, 1);
    pool.kernel_w = pool.stride_w = 2;
    pool.ceil_mode = true;
    pool.count_include_pad = include;
    EXPECT_EQ(run(d, {2, 4, 10}), (std::vector<float>{3, 10}));
  }
}

TEST(Infer, GlobalAveragePoolAveragesEachChannel) {
  test::Draft d({2, 2, 2});
  d.add<graph::GlobalAveragePool>("pool");
  EXPECT_EQ(run(d, {1, 2, 3, 6, -1, -1, -1, 3}), (std::vector<float>{3, 0}));
}

}  // namespace
}  // namespace phasecore
