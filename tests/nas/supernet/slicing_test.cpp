// The parts of shared tensors that smaller networks use.
#include "models/spaces/slicing.hpp"

#include <gtest/gtest.h>

#include <numeric>

#include "tests/support/support.hpp"

namespace phasecore::spaces {
namespace {

graph::Tensor counted(graph::Shape shape) {
  graph::Tensor tensor{std::move(shape), {}};
  tensor.values.resize(static_cast<std::size_t>(graph::volume(tensor.shape)));
  std::iota(tensor.values.begin(), tensor.values.end(), 0.0f);
  return tensor;
}

TEST(Slices, TakeTheFirstChannelsAndTheCentreOfTheKernel) {
  const graph::Tensor whole = counted({4, 3, 5, 5});
  const graph::Tensor part = sliced(whole, {2, 2, 3, 3});
  ASSERT_EQ(part.shape, (graph::Shape{2, 2, 3, 3}));
  std::size_t i = 0;
  for (int o = 0; o < 2; ++o)
    for (int c = 0; c < 2; ++c)
      for (int y = 1; y < 4; ++y)
        for (int x = 1; x < 4; ++x)
          EXPECT_EQ(part.values[i++], whole.values[((o * 3 + c) * 5 + y) * 5 + x]) << o << c << y << x;
  EXPECT_EQ(i, part.values.size());
}

TEST(Slices, OfTheWholeAreTheWhole) {
  for (const graph::Shape& shape : {graph::Shape{7}, {3, 4}, {2, 3, 3, 3}, {1, 1, 1, 1}}) {
    const graph::Tensor whole = counted(shape);
    EXPECT_EQ(sliced(whole, shape).values, whole.values) << graph::to_string(shape);
  }
}

TEST(Slices, OfMatricesAndVectorsAreTheFirstRowsAndColumns) {
  EXPECT_EQ(sliced(counted({5}), {3}).values, (std::vector<float>{0, 1, 2}));
  EXPECT_EQ(sliced(counted({3, 4}), {2, 3}).values, (std::vector<float>{0, 1, 2, 4, 5, 6}));
}

TEST(Slices, RefuseWhatIsLargerOffCentreOrOfOtherDimensions) {
  for (const graph::Shape& part :
       {graph::Shape{5, 3, 3, 3}, {4, 3, 4, 3}, {4, 3, 7, 7}, {4, 3}, {0, 3, 3, 3}})
    EXPECT_NE(test::internal_error([&] { slice_of({4, 3, 5, 5}, part); }), "") << graph::to_string(part);
}

}  // namespace
}  // namespace phasecore::spaces
