#include "sim/mapping/pack.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "common/random.hpp"

namespace phasecore::mapping {
namespace {

double cells_of(const Piece& piece, const Room& room) {
  return static_cast<double>(piece.rows) * piece.columns /
         (static_cast<double>(room.array.rows) * room.array.columns);
}

double time_of(const Piece& piece, const Room& room) {
  return static_cast<double>(piece.time_ps) /
         static_cast<double>(std::max<common::Picoseconds>(room.time_ps, 1));
}

/// What is left of a core.
struct Core {
  FreePlaces places;
  common::Picoseconds time_ps;
  std::int64_t bytes;
};

}  // namespace

bool FreePlaces::put(int rows, int columns) {
  if (rows == 0 || columns == 0) return true;
  const Rectangle* best = nullptr;
  const auto left_over = [&](const Rectangle& r) { return std::min(r.rows - rows, r.columns - columns); };
  for (const Rectangle& r : free_)
    if (r.rows >= rows && r.columns >= columns && (best == nullptr || left_over(r) < left_over(*best)))
      best = &r;
  if (best == nullptr) return false;
  take({best->row, best->column, rows, columns});
  return true;
}

void FreePlaces::take(const Rectangle& used) {
  std::vector<Rectangle> left;
  const int row_end = used.row + used.rows, column_end = used.column + used.columns;
  for (const Rectangle& r : free_) {
    const int end = r.row + r.rows, right = r.column + r.columns;
    if (used.row >= end || row_end <= r.row || used.column >= right || column_end <= r.column) {
      left.push_back(r);
      continue;
    }
    if (used.row > r.row) left.push_back({r.row, r.column, used.row - r.row, r.columns});
    if (row_end < end) left.push_back({row_end, r.column, end - row_end, r.columns});
    if (used.column > r.column) left.push_back({r.row, r.column, r.rows, used.column - r.column});
    if (column_end < right) left.push_back({r.row, column_end, r.rows, right - column_end});
  }
  const auto lies_in = [](const Rectangle& a, const Rectangle& b) {
    return a.row >= b.row && a.column >= b.column && a.row + a.rows <= b.row + b.rows &&
           a.column + a.columns <= b.column + b.columns;
  };
  free_.clear();
  for (std::size_t i = 0; i < left.size(); ++i) {
    bool is_needed = true;
    for (std::size_t j = 0; j < left.size() && is_needed; ++j)
      is_needed = i == j || !lies_in(left[i], left[j]) || (lies_in(left[j], left[i]) && i < j);
    if (is_needed) free_.push_back(left[i]);
  }
}

bool fit_beside(std::vector<Matrix> matrices, const ArrayLimits& array) {
  constexpr int kOrders = 2000;
  long long cells = 0;
  for (const Matrix& m : matrices) cells += static_cast<long long>(m.rows) * m.columns;
  if (cells > static_cast<long long>(array.rows) * array.columns) return false;
  const auto all_placed = [&] {
    FreePlaces places(array);
    return std::all_of(matrices.begin(), matrices.end(),
                       [&](const Matrix& m) { return places.put(m.rows, m.columns); });
  };
  const auto larger = [](const Matrix& a, const Matrix& b) {
    return a.rows * a.columns > b.rows * b.columns;
  };
  const auto higher = [](const Matrix& a, const Matrix& b) { return a.rows > b.rows; };
  const auto wider = [](const Matrix& a, const Matrix& b) { return a.columns > b.columns; };
  for (int order = 0; order < kOrders; ++order) {
    if (order == 1) std::stable_sort(matrices.begin(), matrices.end(), larger);
    if (order == 2) std::stable_sort(matrices.begin(), matrices.end(), higher);
    if (order == 3) std::stable_sort(matrices.begin(), matrices.end(), wider);
    if (order > 3)
      for (std::size_t i = matrices.size(); i > 1; --i)
        std::swap(matrices[i - 1],
                  matrices[common::uniform_index({}, static_cast<std::uint64_t>(order) * 4096 + i,
                                                 static_cast<std::uint32_t>(i))]);
    if (all_placed()) return true;
  }
  return false;
}

std::optional<std::vector<int>> pack(const std::vector<Piece>& pieces, int cores, const Room& room) {
  std::vector<int> order(pieces.size());
  std::iota(order.begin(), order.end(), 0);
  const auto share = [&](int i) { return std::max(time_of(pieces[i], room), cells_of(pieces[i], room)); };
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return share(a) > share(b); });
  std::vector<Core> all(static_cast<std::size_t>(cores),
                        Core{FreePlaces(room.array), room.time_ps, room.bytes});
  std::vector<int> core_of(pieces.size(), -1);
  for (const int i : order) {
    const Piece& piece = pieces[i];
    std::vector<int> by_time(all.size());
    std::iota(by_time.begin(), by_time.end(), 0);
    std::stable_sort(by_time.begin(), by_time.end(),
                     [&](int a, int b) { return all[a].time_ps > all[b].time_ps; });
    for (const int c : by_time) {
      Core& core = all[c];
      if (core.time_ps < piece.time_ps) break;
      if (core.bytes < piece.bytes || !core.places.put(piece.rows, piece.columns)) continue;
      core.time_ps -= piece.time_ps;
      core.bytes -= piece.bytes;
      core_of[i] = c;
      break;
    }
    if (core_of[i] < 0) return std::nullopt;
  }
  return core_of;
}

double least_cores(const std::vector<Piece>& pieces, const Room& room) {
  double time = 0, cells = 0;
  for (const Piece& piece : pieces) {
    time += time_of(piece, room);
    cells += cells_of(piece, room);
  }
  return std::max(time, cells);
}

}  // namespace phasecore::mapping
