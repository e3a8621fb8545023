// Images in another size on the chip: the nearest pixel is a matter of addresses.
#include "models/graph/ops/resize.hpp"

#include <gtest/gtest.h>

#include "models/graph/fold.hpp"
#include "models/graph/ops/reduce.hpp"
#include "tests/sim/run/on_chip.hpp"
#include "tests/support/support.hpp"

namespace phasecore {
namespace {

using test::NetworkBuilder;
using test::OnChip;

graph::Resize resize(const graph::Shape& target, float scale) {
  graph::Resize op;
  op.target = target;
  op.scales = {1, scale, scale};
  op.place = graph::Resize::Place::Asymmetric;
  op.rounding = graph::Resize::Rounding::Floor;
  return op;
}

/// A convolution, twice its size (or another), a convolution, the largest value of each channel.
graph::Network resized(const graph::Resize& op) {
  NetworkBuilder b("resized", {2, 5, 5});
  const int low = b.op<graph::Relu>("relu", {b.conv("low", 0, 8, 3)});
  const int high = b.conv("high", b.put("resize", op, {low}), 12, 3);
  graph::Reduce most;
  most.kind = graph::Reduce::Kind::Max;
  most.axes = {1, 2};
  most.keep_dims = false;
  return b.build(b.gemm("classifier", b.put("most", most, {high}), 10));
}

TEST(ResizeOnChip, IsTheSameInFloatInMonteCarloAndOnTheChip) {
  for (const graph::Resize& op : {resize({8, 10, 10}, 2), resize({8, 7, 7}, 1.4f), resize({8, 3, 3}, 0.6f)})
    for (const config::Chip& chip : test::chips_to_try()) {
      const OnChip on(resized(op), chip);
      EXPECT_LT(on.error(), 0.2) << "maxima show what INT8 ranges clip";
      on.expect_equal_values();
      on.expect_equal_books();
    }
}

TEST(ResizeOnChip, SendsCodesAsTheyAreAndWaitsForThePixelsThatItRepeats) {
  const OnChip on(resized(resize({8, 10, 10}, 2)), test::toy_chip(64));
  EXPECT_EQ(on.stage("resize").range_name, "relu");
  const mapping::TokenReads reads = test::in_raster(on.stage("resize"), 0);
  EXPECT_EQ(reads.need[0], 1);
  EXPECT_EQ(reads.need[10], 5) << "the second row repeats the first one";
  EXPECT_EQ(reads.release[0], 0);
}

TEST(ResizeOnChip, LinesBetweenPixelsAreRefused) {
  graph::Resize linear = resize({8, 10, 10}, 2);
  linear.mode = graph::Resize::Mode::Linear;
  test::expect_first_error(
      [&] { mapping::map(graph::fold(resized(linear)), test::toy_chip(64)); },
      "error: node 'resize' (Resize): cannot be mapped: the chip resizes to the nearest pixel only");
}

}  // namespace
}  // namespace phasecore
