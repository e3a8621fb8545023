#include "sim/numerics/patches.hpp"

#include <gtest/gtest.h>

#include "common/random.hpp"
#include "models/graph/infer.hpp"

namespace phasecore::numerics {
namespace {

/// Keyed random integers, one after the other.
class Draw {
 public:
  explicit Draw(std::uint64_t seed) { key_.seed = seed; }
  int operator()(int low, int high) {
    return low + static_cast<int>(common::uniform_index(key_, next_++, high - low + 1));
  }

 private:
  common::RandomKey key_;
  std::uint64_t next_ = 0;
};

TEST(Patches, GatherTheRowsThatIm2colGathers) {
  int cases = 0;
  for (int n = 0; n < 300; ++n) {
    Draw draw(n);
    const graph::Shape in{draw(1, 9), draw(1, 9), draw(1, 9)};
    graph::Window w;
    w.kernel_h = draw(1, 4), w.kernel_w = draw(1, 4);
    w.stride_h = draw(1, 3), w.stride_w = draw(1, 3);
    w.dilation_h = draw(1, 2), w.dilation_w = draw(1, 2);
    w.pad_top = draw(0, 2), w.pad_left = draw(0, 2), w.pad_bottom = draw(0, 2), w.pad_right = draw(0, 2);
    const int out_h =
        (in[1] + w.pad_top + w.pad_bottom - w.dilation_h * (w.kernel_h - 1) - 1) / w.stride_h + 1;
    const int out_w =
        (in[2] + w.pad_left + w.pad_right - w.dilation_w * (w.kernel_w - 1) - 1) / w.stride_w + 1;
    if (in[1] + w.pad_top + w.pad_bottom <= w.dilation_h * (w.kernel_h - 1) ||
        in[2] + w.pad_left + w.pad_right <= w.dilation_w * (w.kernel_w - 1))
      continue;
    ++cases;
    const int rows = in[0] * w.kernel_h * w.kernel_w, pixels = in[1] * in[2], positions = out_h * out_w;
    std::vector<std::int8_t> image(in[0] * pixels), pixel_major(image.size());
    for (auto& v : image) v = static_cast<std::int8_t>(draw(-127, 127));
    for (int c = 0; c < in[0]; ++c)
      for (int p = 0; p < pixels; ++p) pixel_major[p * in[0] + c] = image[c * pixels + p];
    std::vector<std::int8_t> columns(rows * positions);
    graph::im2col(image.data(), in, w, out_h, out_w, columns.data());

    const int begin = draw(0, rows - 1), end = draw(begin + 1, rows);
    const Patches patches(mapping::raster_of(in), w, out_w, begin, end);
    ASSERT_EQ(patches.rows(), end - begin);
    const int first = draw(0, positions - 1), count = draw(1, positions - first);
    std::vector<std::int8_t> out(static_cast<std::size_t>(count) * patches.rows(), 99);
    patches.gather(pixel_major.data(), first, count, out.data());
    for (int p = 0; p < count; ++p)
      for (int r = 0; r < patches.rows(); ++r)
        ASSERT_EQ(out[p * patches.rows() + r], columns[(begin + patches.order()[r]) * positions + first + p])
            << "case " << n << " position " << first + p << " row " << r;
  }
  EXPECT_GE(cases, 200);
}

}  // namespace
}  // namespace phasecore::numerics
