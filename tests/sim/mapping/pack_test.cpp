// Several matrices in a crossbar: no two overlap, and none finds no place that a search of all finds.
#include "sim/mapping/pack.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <random>

namespace phasecore::mapping {
namespace {

constexpr ArrayLimits kArray{10, 10};

TEST(FreePlaces, TakesMatricesUntilNoPlaceIsLeft) {
  FreePlaces places(kArray);
  EXPECT_TRUE(places.put(10, 4));
  EXPECT_TRUE(places.put(5, 6));
  EXPECT_FALSE(places.put(6, 6));
  EXPECT_TRUE(places.put(5, 3));
  EXPECT_TRUE(places.put(5, 3));
  EXPECT_FALSE(places.put(1, 1)) << "all cells are taken";
  EXPECT_TRUE(places.put(0, 0)) << "a digital task needs none";
}

TEST(FreePlaces, NeverGivesMoreCellsThanThereAre) {
  std::mt19937 engine(3);
  const auto below = [&](int n) { return static_cast<int>(engine() % static_cast<unsigned>(n)); };
  int full = 0;
  for (int trial = 0; trial < 300; ++trial) {
    FreePlaces places(kArray);
    int cells = 0;
    for (int i = 0; i < 30; ++i) {
      const int rows = 1 + below(6), columns = 1 + below(6);
      if (places.put(rows, columns)) cells += rows * columns;
    }
    ASSERT_LE(cells, 100);
    full += cells >= 90;
  }
  EXPECT_GT(full, 250);
}

TEST(Pack, KeepsToTimeAndMemoryOfEveryCore) {
  std::mt19937 engine(5);
  const auto below = [&](int n) { return static_cast<int>(engine() % static_cast<unsigned>(n)); };
  int packed = 0;
  for (int trial = 0; trial < 200; ++trial) {
    std::vector<Piece> pieces(static_cast<std::size_t>(3 + below(12)));
    for (Piece& p : pieces) p = {1 + below(10), 1 + below(10), 1 + below(50), below(40)};
    const Room room{kArray, 100, 64};
    const int cores = 2 + below(6);
    const auto core_of = pack(pieces, cores, room);
    if (!core_of) continue;
    ++packed;
    for (int core = 0; core < cores; ++core) {
      common::Picoseconds time = 0;
      std::int64_t bytes = 0;
      int cells = 0;
      for (std::size_t p = 0; p < pieces.size(); ++p)
        if ((*core_of)[p] == core) {
          time += pieces[p].time_ps;
          bytes += pieces[p].bytes;
          cells += pieces[p].rows * pieces[p].columns;
        }
      ASSERT_LE(time, room.time_ps);
      ASSERT_LE(bytes, room.bytes);
      ASSERT_LE(cells, 100);
    }
  }
  EXPECT_GT(packed, 50);
}

/// Can matrices of full height, which are but widths, be shared out to so many cores in any way?
bool fits(const std::vector<Piece>& pieces, int cores, const Room& room) {
  std::vector<int> width(static_cast<std::size_t>(cores), 0);
  std::vector<common::Picoseconds> time(width.size(), 0);
  const std::function<bool(std::size_t)> next = [&](std::size_t p) {
    if (p == pieces.size()) return true;
    for (std::size_t c = 0; c < width.size(); ++c) {
      width[c] += pieces[p].columns;
      time[c] += pieces[p].time_ps;
      const bool found = width[c] <= room.array.columns && time[c] <= room.time_ps && next(p + 1);
      width[c] -= pieces[p].columns;
      time[c] -= pieces[p].time_ps;
      if (found) return true;
    }
    return false;
  };
  return next(0);
}

int fewest(const std::function<bool(int)>& fits_on) {
  int cores = 1;
  while (!fits_on(cores)) ++cores;
  return cores;
}

// Widths and times of up to eight matrices: exhaustive search against the heuristic, in cores over all cases.
TEST(Pack, NeedsAtMostATwentiethMoreCoresThanExhaustiveSearch) {
  std::mt19937 engine(8);
  const auto below = [&](int n) { return static_cast<int>(engine() % static_cast<unsigned>(n)); };
  int ours = 0, best = 0;
  for (int trial = 0; trial < 200; ++trial) {
    std::vector<Piece> pieces(static_cast<std::size_t>(2 + below(7)));
    for (Piece& p : pieces) p = {10, 1 + below(8), 1 + below(60), 0};
    const Room room{kArray, 100, 0};
    ours += fewest([&](int cores) { return pack(pieces, cores, room).has_value(); });
    best += fewest([&](int cores) { return fits(pieces, cores, room); });
  }
  EXPECT_GE(ours, best);
  EXPECT_LE(ours, best + best / 20) << "of " << best;
}

/// Do matrices find places in a crossbar in any way? Some way has each of them pushed to the left and to the
/// top, so that sums of sides are all the places that need to be tried.
class AnyPlaces {
 public:
  explicit AnyPlaces(std::vector<Piece> pieces) : pieces_(std::move(pieces)) {
    rows_[0] = columns_[0] = true;
    for (const Piece& piece : pieces_)
      for (int at = 10; at-- > 0;) {
        if (rows_[at] && at + piece.rows < 10) rows_[at + piece.rows] = true;
        if (columns_[at] && at + piece.columns < 10) columns_[at + piece.columns] = true;
      }
  }
  bool exist(std::size_t p = 0) {
    if (p == pieces_.size()) return true;
    for (int row = 0; row + pieces_[p].rows <= 10; ++row)
      for (int column = 0; column + pieces_[p].columns <= 10; ++column)
        if (rows_[row] && columns_[column] && is_free(pieces_[p], row, column)) {
          taken_.push_back({pieces_[p], row, column});
          if (exist(p + 1)) return true;
          taken_.pop_back();
        }
    return false;
  }

 private:
  struct Taken {
    Piece piece;
    int row, column;
  };
  bool is_free(const Piece& piece, int row, int column) const {
    return std::none_of(taken_.begin(), taken_.end(), [&](const Taken& t) {
      return row < t.row + t.piece.rows && t.row < row + piece.rows && column < t.column + t.piece.columns &&
             t.column < column + piece.columns;
    });
  }
  std::vector<Piece> pieces_;
  std::array<bool, 10> rows_{}, columns_{};
  std::vector<Taken> taken_;
};

/// The fewest cores over all ways of sharing pieces out: for every set of them, whether one core takes it,
/// then the fewest such sets.
int fewest_in_any_way(const std::vector<Piece>& pieces, const Room& room) {
  const unsigned all = (1U << pieces.size()) - 1;
  std::vector<bool> fits_one(all + 1);
  std::vector<int> cores(all + 1, 0);
  for (unsigned set = 1; set <= all; ++set) {
    std::vector<Piece> of_set;
    Piece sum;
    int cells = 0;
    for (std::size_t p = 0; p < pieces.size(); ++p)
      if (((set >> p) & 1U) != 0) {
        of_set.push_back(pieces[p]);
        sum.time_ps += pieces[p].time_ps;
        sum.bytes += pieces[p].bytes;
        cells += pieces[p].rows * pieces[p].columns;
      }
    fits_one[set] =
        sum.time_ps <= room.time_ps && sum.bytes <= room.bytes && cells <= 100 && AnyPlaces(of_set).exist();
    cores[set] = static_cast<int>(pieces.size());
    for (unsigned part = set; part != 0; part = (part - 1) & set)
      if (fits_one[part]) cores[set] = std::min(cores[set], 1 + cores[set & ~part]);
  }
  return cores[all];
}

// Up to six matrices of any sides, with time and memory of their own: what is scarce differs from case to
// case. Both in cores over all cases of a kind.
TEST(Pack, RectanglesTimeAndMemoryTogetherAreWithinATwentiethOfExhaustiveSearch) {
  struct Kind {
    const char* scarce;
    int side, time, bytes;
  };
  for (const Kind& kind : {Kind{"cells", 8, 20, 10}, Kind{"time", 4, 60, 10}, Kind{"memory", 4, 20, 60},
                           Kind{"all", 6, 45, 45}}) {
    std::mt19937 engine(11);
    const auto below = [&](int n) { return static_cast<int>(engine() % static_cast<unsigned>(n)); };
    int ours = 0, best = 0;
    for (int trial = 0; trial < 200; ++trial) {
      std::vector<Piece> pieces(static_cast<std::size_t>(3 + below(4)));
      for (Piece& p : pieces)
        p = {1 + below(kind.side), 1 + below(kind.side), 1 + below(kind.time), 1 + below(kind.bytes)};
      const Room room{kArray, 100, 100};
      const int packed = fewest([&](int cores) { return pack(pieces, cores, room).has_value(); });
      const int least = fewest_in_any_way(pieces, room);
      ASSERT_GE(packed, least) << kind.scarce << " " << trial;
      ours += packed;
      best += least;
    }
    EXPECT_GT(best, 250) << kind.scarce << ": more than one core is needed";
    EXPECT_LE(ours, best + best / 20) << kind.scarce << ", of " << best;
  }
}

/// The matrices of MobileNetV2's 1x1 convolutions, width 1.0: rows x columns.
std::vector<Matrix> mobilenet_v2_matrices() {
  struct Blocks {
    int expansion, channels, count;
  };
  std::vector<Matrix> matrices;
  int in = 32;
  for (const Blocks& b :
       {Blocks{1, 16, 1}, {6, 24, 2}, {6, 32, 3}, {6, 64, 4}, {6, 96, 3}, {6, 160, 3}, {6, 320, 1}})
    for (int i = 0; i < b.count; ++i, in = b.channels) {
      if (b.expansion > 1) matrices.push_back({in, in * b.expansion});
      matrices.push_back({in * b.expansion, b.channels});
    }
  matrices.push_back({320, 1280});
  return matrices;
}

// Garofalo et al., IEEE JETCAS 12 (2022): tiled to full crossbars of 256 x 256 and packed, MobileNetV2 takes
// 34, where one tile per crossbar takes 85.
TEST(Pack, MobileNetV2TakesThePublishedThirtyFourCrossbars) {
  std::vector<Piece> pieces;
  for (const Matrix& m : mobilenet_v2_matrices()) {
    const std::vector<int> rows = split(config::TilingRule::Ceil, m.rows, 256);
    const std::vector<int> columns = split(config::TilingRule::Ceil, m.columns, 256);
    for (std::size_t r = 0; r + 1 < rows.size(); ++r)
      for (std::size_t c = 0; c + 1 < columns.size(); ++c)
        pieces.push_back({rows[r + 1] - rows[r], columns[c + 1] - columns[c], 0, 0});
  }
  EXPECT_EQ(pieces.size(), 85u);
  const Room room{{256, 256}, 1, 0};
  EXPECT_EQ(fewest([&](int cores) { return pack(pieces, cores, room).has_value(); }), 34);
}

TEST(Pack, TheBoundIsNeverAboveWhatIsPacked) {
  const std::vector<Piece> pieces{{5, 10, 50, 0}, {5, 10, 50, 0}, {10, 10, 10, 0}};
  const Room room{kArray, 100, 0};
  EXPECT_DOUBLE_EQ(least_cores(pieces, room), 2.0);
  EXPECT_FALSE(pack(pieces, 1, room));
  EXPECT_TRUE(pack(pieces, 2, room));
}

}  // namespace
}  // namespace phasecore::mapping
