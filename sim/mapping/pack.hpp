// Several tasks on one core: which fit beside each other into a crossbar, an interval and a memory. The third
// phase of the mapping compiler, for networks that have more matrices than the chip has cores.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "common/units.hpp"
#include "sim/mapping/tiling.hpp"

namespace phasecore::mapping {

/// What one task asks of a core. While one matrix is multiplied the rows of the others get no pulses, so
/// matrices only must not overlap.
struct Piece {
  int rows = 0, columns = 0;        ///< of its matrix; 0 of a task of the digital unit
  common::Picoseconds time_ps = 0;  ///< per image
  std::int64_t bytes = 0;           ///< of activations that it holds, about
};

/// Room on each core.
struct Room {
  ArrayLimits array;
  common::Picoseconds time_ps = 0;
  std::int64_t bytes = 0;
};

/// Free places of a crossbar, as largest rectangles that may overlap (MaxRects; Jylanki, "A thousand ways to
/// pack the bin"); of those that a matrix fits into it takes the one with the shortest side left over.
class FreePlaces {
 public:
  explicit FreePlaces(const ArrayLimits& array) : free_{{0, 0, array.rows, array.columns}} {}
  bool put(int rows, int columns);

 private:
  struct Rectangle {
    int row = 0, column = 0, rows = 0, columns = 0;
  };
  void take(const Rectangle& used);
  std::vector<Rectangle> free_;
};

struct Matrix {
  int rows = 0, columns = 0;
};
/// Do they all find a place in one crossbar? Several orders are tried, so that a no is all but certain.
bool fit_beside(std::vector<Matrix> matrices, const ArrayLimits& array);

/// The core of each piece, numbered from 0; nothing where some piece finds no place on so many cores. Pieces
/// are placed from the one with the largest share of a core on, each on the core with the most time left.
std::optional<std::vector<int>> pack(const std::vector<Piece>& pieces, int cores, const Room& room);

/// Cores that the pieces take at least, as far as time and cells are concerned; a bound for fractions of
/// cores.
double least_cores(const std::vector<Piece>& pieces, const Room& room);

}  // namespace phasecore::mapping
