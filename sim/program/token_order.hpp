// The order in which the pixels of a plane travel as tokens, and reading them in another (T23).
#pragma once

#include <cstdint>
#include <vector>

#include "common/units.hpp"

namespace phasecore::program {

/// Tile by tile, from left to right and then downwards, and so the pixels of a tile. Tiles at the right and
/// the lower edge are cut off.
struct TokenOrder {
  int rows = 1, columns = 1;            ///< of the plane
  int tile_rows = 1, tile_columns = 1;  ///< of a tile
};
/// Row by row: a tile is a row.
TokenOrder raster_order(int rows, int columns);
/// The pixel of each token, counted row by row.
std::vector<int> pixels_of(const TokenOrder& order);

/// A receiver that reads a stream in another order than it is sent in. The buffer holds tokens as they come.
struct Conversion {
  int stream = 0;
  TokenOrder sent, read;
  std::vector<std::int32_t> need, release;  ///< of each firing, as in Input but in the order of reading
  common::Picoseconds token_ps = 0;         ///< fetching one by its address
};

/// What the receiver's input says, counted as tokens come.
struct Reach {
  std::vector<std::int32_t> need, release;
};
Reach as_they_come(const Conversion& conversion);

/// How much longer the visit of a firing takes: for the tokens that it needs and the firing before did not.
common::Picoseconds fetching_ps(const Conversion& conversion, int firing_of_image);

}  // namespace phasecore::program
