// Orders of pixels, and what it takes to read tokens in another than they come in.
#include "sim/program/token_order.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

namespace phasecore::program {
namespace {

using Counts = std::vector<std::int32_t>;

TokenOrder tiles(int rows, int columns, int tile_rows, int tile_columns) {
  return {rows, columns, tile_rows, tile_columns};
}

TEST(TokenOrder, IsRowByRowOrTileByTileAndSoWithinATile) {
  EXPECT_EQ(pixels_of(raster_order(2, 3)), (std::vector<int>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(pixels_of(tiles(2, 4, 2, 2)), (std::vector<int>{0, 1, 4, 5, 2, 3, 6, 7}));
  EXPECT_EQ(pixels_of(tiles(3, 3, 2, 2)), (std::vector<int>{0, 1, 3, 4, 2, 5, 6, 7, 8}));  // cut off
}

/// Counts what has come and what is read pixel by pixel.
void expect_reach_of(const Conversion& c) {
  const Reach reach = as_they_come(c);
  const std::vector<int> sent = pixels_of(c.sent), read = pixels_of(c.read);
  for (std::size_t i = 0; i < c.need.size(); ++i) {
    const std::set<int> needed(read.begin(), read.begin() + c.need[i]);
    const std::set<int> released(read.begin(), read.begin() + c.release[i]);
    const auto come = [&](int tokens) { return std::set<int>(sent.begin(), sent.begin() + tokens); };
    const auto all_in = [](const std::set<int>& some, const std::set<int>& all) {
      return std::includes(all.begin(), all.end(), some.begin(), some.end());
    };
    EXPECT_TRUE(all_in(needed, come(reach.need[i])));
    if (reach.need[i] > 0) {
      EXPECT_FALSE(all_in(needed, come(reach.need[i] - 1)));
    }
    EXPECT_TRUE(all_in(come(reach.release[i]), released));
    if (reach.release[i] < static_cast<int>(sent.size())) {
      EXPECT_FALSE(all_in(come(reach.release[i] + 1), released));
    }
  }
}

TEST(Conversion, WaitsForTheLastOfItsPixelsToComeAndFreesThoseThatCameFirst) {
  for (const int rows : {2, 3, 5})
    for (const int columns : {2, 4})
      for (const int tile_rows : {1, 2, 3})
        for (const int tile_columns : {1, 2, 4}) {
          Conversion c;
          c.sent = raster_order(rows, columns);
          c.read = tiles(rows, columns, tile_rows, tile_columns);
          c.need.resize(rows * columns);
          std::iota(c.need.begin(), c.need.end(), 1);
          c.release = c.need;
          c.release[0] = 0;
          expect_reach_of(c);
          std::swap(c.sent, c.read);
          expect_reach_of(c);
        }
}

TEST(Conversion, FromRasterToTilesHoldsAsManyRowsAsATileHas) {
  Conversion c;
  c.sent = raster_order(4, 8);
  c.read = tiles(4, 8, 2, 2);
  for (int tile = 1; tile <= 8; ++tile) c.need.push_back(4 * tile);  // a firing per tile
  c.release = c.need;
  const Reach reach = as_they_come(c);
  EXPECT_EQ(reach.need, (Counts{10, 12, 14, 16, 26, 28, 30, 32}));
  EXPECT_EQ(reach.release, (Counts{2, 4, 6, 16, 18, 20, 22, 32}));
  int most = 0;
  for (std::size_t i = 0; i < reach.need.size(); ++i)
    most = std::max(most, reach.need[i] - (i > 0 ? reach.release[i - 1] : 0));
  EXPECT_EQ(most, 8 + 2);  // one row, and the tile's part of the next
}

TEST(Conversion, TakesItsTimeForEveryPixelOnce) {
  Conversion c;
  c.need = {4, 4, 9};
  c.token_ps = 300;
  EXPECT_EQ(fetching_ps(c, 0), 1200);
  EXPECT_EQ(fetching_ps(c, 1), 0);
  EXPECT_EQ(fetching_ps(c, 2), 1500);
}

}  // namespace
}  // namespace phasecore::program
