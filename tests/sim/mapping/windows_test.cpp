// Waits and releases of sliding windows against a direct look at every pixel.
#include "sim/mapping/windows.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>
#include <set>

#include "models/graph/check.hpp"
#include "sim/mapping/tokens.hpp"

namespace phasecore::mapping {
namespace {

struct Case {
  Raster in, out;
  graph::Window window;
};

/// Random windows, padded, strided, dilated; sizes as graph checks them.
std::vector<Case> random_cases(int count, bool pools) {
  std::mt19937 engine(7);
  const auto below = [&](int n) { return static_cast<int>(engine() % static_cast<unsigned>(n)); };
  std::vector<Case> cases;
  while (static_cast<int>(cases.size()) < count) {
    const graph::Shape in{1, 1 + below(9), 1 + below(9)};
    graph::Window w;
    w.kernel_h = 1 + below(4);
    w.kernel_w = 1 + below(4);
    w.stride_h = 1 + below(3);
    w.stride_w = 1 + below(3);
    w.pad_top = below(3);
    w.pad_left = below(3);
    w.pad_bottom = below(3);
    w.pad_right = below(3);
    if (!pools) w.dilation_h = 1 + below(2), w.dilation_w = 1 + below(3);
    if (pools) w.ceil_mode = below(2) == 1;
    common::Diagnostics diagnostics;
    graph::Findings findings(diagnostics, {}, "window");
    const graph::Shape out = graph::window_shape(w, 1, in, findings);
    if (out.empty() || (pools && !graph::every_window_sees_a_pixel(w, in, out))) continue;
    cases.push_back({raster_of(in), raster_of(out), w});
  }
  return cases;
}

/// Pixels that window `index` touches, one by one.
std::set<int> pixels_of(const Case& c, int index) {
  std::set<int> pixels;
  const int oy = index / c.out.width, ox = index % c.out.width;
  for (int ky = 0; ky < c.window.kernel_h; ++ky)
    for (int kx = 0; kx < c.window.kernel_w; ++kx) {
      const int y = oy * c.window.stride_h - c.window.pad_top + ky * c.window.dilation_h;
      const int x = ox * c.window.stride_w - c.window.pad_left + kx * c.window.dilation_w;
      if (y >= 0 && y < c.in.height && x >= 0 && x < c.in.width) pixels.insert(y * c.in.width + x);
    }
  return pixels;
}

TEST(Windows, WaitForTheLastPixelTouchedAndReleaseWhatNoLaterOneTouches) {
  int firings = 0;
  for (const Case& c : random_cases(1000, false)) {
    const TokenReads reads = token_reads({c.in}, 0, window_reads(c.in, c.window, c.out), false);
    ASSERT_EQ(static_cast<int>(reads.need.size()), c.out.pixels());
    ASSERT_EQ(reads.release.size(), reads.need.size());
    int need = 0;
    for (int i = 0; i < c.out.pixels(); ++i, ++firings) {
      const std::set<int> mine = pixels_of(c, i);
      if (!mine.empty()) need = std::max(need, *mine.rbegin() + 1);
      ASSERT_EQ(reads.need[i], need);
      int release = c.in.pixels();
      for (int j = i + 1; j < c.out.pixels(); ++j) {
        const std::set<int> later = pixels_of(c, j);
        if (!later.empty()) release = std::min(release, *later.begin());
      }
      ASSERT_EQ(reads.release[i], release);
    }
  }
  EXPECT_GT(firings, 10000);
}

TEST(Windows, APoolEmitsExactlyWhenAPixelCompletesOneWindowInOrder) {
  int fused = 0, refused = 0;
  for (const Case& c : random_cases(1000, true)) {
    std::vector<int> completed_at;
    for (int i = 0; i < c.out.pixels(); ++i) completed_at.push_back(*pixels_of(c, i).rbegin());
    const bool one_by_one = std::adjacent_find(completed_at.begin(), completed_at.end(),
                                               std::greater_equal<>()) == completed_at.end();
    const auto mask = completions(c.in, c.window, c.out);
    ASSERT_EQ(mask.has_value(), one_by_one);
    (one_by_one ? fused : refused)++;
    if (!mask) continue;
    ASSERT_EQ(static_cast<int>(mask->size()), c.in.pixels());
    const std::set<int> when(completed_at.begin(), completed_at.end());
    for (int p = 0; p < c.in.pixels(); ++p) ASSERT_EQ((*mask)[p], when.count(p));
  }
  EXPECT_GT(fused, 200);
  EXPECT_GT(refused, 200);
}

TEST(Windows, VectorsAreOnePixelAndFlatteningNeedsThemAll) {
  EXPECT_EQ(raster_of({12}).pixels(), 1);
  EXPECT_EQ(raster_of({12}).channels, 12);
  const Raster image = raster_of({4, 3, 2}), line = raster_of({1, 3});
  const TokenReads whole = token_reads({image}, 0, whole_reads(image), false);
  EXPECT_EQ(whole.need, (std::vector<std::int32_t>{6}));
  EXPECT_EQ(whole.release, (std::vector<std::int32_t>{6}));
  EXPECT_EQ(token_reads({line}, 0, pixel_reads(3), false).need, (std::vector<std::int32_t>{1, 2, 3}));
}

/// Which tokens of a sender hold a pixel that a firing reads, pixel by pixel.
std::set<int> tokens_of(const Blocks& blocks, int sender, const std::set<int>& pixels) {
  std::set<int> tokens;
  for (int token = 0; token < blocks.count_of(sender); ++token)
    for (const int pixel : blocks.pixels_of(sender + token * blocks.senders))
      if (pixels.count(pixel) > 0) tokens.insert(token);
  return tokens;
}

TEST(Tokens, ReadersWaitForTheBlocksTheyLookAtAndAreSentNoOthers) {
  std::mt19937 engine(11);
  const auto below = [&](int n) { return static_cast<int>(engine() % static_cast<unsigned>(n)); };
  int left_out = 0;
  for (const Case& c : random_cases(300, false)) {
    const Blocks blocks{c.in, 1 + below(3), 1 + below(4), 1 + below(4)};
    int pixels = 0, tokens = 0;
    for (int sender = 0; sender < blocks.senders; ++sender) {
      std::vector<std::set<int>> read;
      std::set<int> all;
      for (int i = 0; i < c.out.pixels(); ++i) {
        read.push_back(tokens_of(blocks, sender, pixels_of(c, i)));
        // A firing reads the whole rectangle between its corners.
        if (c.window.dilation_h > 1 || c.window.dilation_w > 1) read.back().clear();
        all.insert(read.back().begin(), read.back().end());
      }
      for (int token = 0; token < blocks.count_of(sender); ++token)
        pixels += static_cast<int>(blocks.pixels_of(sender + token * blocks.senders).size());
      tokens += blocks.count_of(sender);
      if (c.window.dilation_h > 1 || c.window.dilation_w > 1) continue;
      const TokenReads reads = token_reads(blocks, sender, window_reads(c.in, c.window, c.out), true);
      ASSERT_EQ(reads.blocks.size(), all.size());
      left_out += blocks.count_of(sender) - static_cast<int>(all.size());
      const auto number = [&](int token) {
        return static_cast<int>(std::distance(all.begin(), all.find(token)));
      };
      int need = 0;
      for (std::size_t i = 0; i < read.size(); ++i) {
        if (!read[i].empty()) need = std::max(need, number(*read[i].rbegin()) + 1);
        ASSERT_EQ(reads.need[i], need);
        int release = static_cast<int>(all.size());
        for (std::size_t later = i + 1; later < read.size(); ++later)
          if (!read[later].empty()) release = std::min(release, number(*read[later].begin()));
        ASSERT_EQ(reads.release[i], release);
      }
    }
    ASSERT_EQ(pixels, c.in.pixels()) << "every pixel is in one block";
    ASSERT_EQ(tokens, blocks.count());
  }
  EXPECT_GT(left_out, 100);
}

}  // namespace
}  // namespace phasecore::mapping
