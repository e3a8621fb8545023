// How the pixels of a plane travel: the tokens of those that send it, and which of them a reader waits for.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/mapping/windows.hpp"

namespace phasecore::mapping {

/// A plane as blocks of neighbouring pixels, counted row by row; at the right and the lower edge they are cut
/// off. Several senders take turns: block b is a token of sender b modulo their number.
struct Blocks {
  Raster plane;  ///< channels do not matter
  int height = 1, width = 1;
  int senders = 1;

  int across() const { return (plane.width + width - 1) / width; }
  int count() const { return across() * ((plane.height + height - 1) / height); }
  /// Blocks of one sender.
  int count_of(int sender) const { return (count() - sender + senders - 1) / senders; }
  /// The pixels of a block, row by row.
  std::vector<int> pixels_of(int block) const;
};

/// Reads of an input of this shape, of a plane that may have the same pixels in other rows: there a rectangle
/// is none, and all from its first to its last pixel count.
Reads counted_in(const Blocks& blocks, const graph::Shape& seen, Reads reads);

/// What a reader receives of one sender.
struct TokenReads {
  /// For each firing: tokens that must have arrived, and tokens that no later firing needs. Both never
  /// decrease; `release` ends at the number of tokens.
  std::vector<std::int32_t> need, release;
  std::vector<int> blocks;  ///< the tokens
};

/// `only_read`: blocks that no firing looks at are not sent.
TokenReads token_reads(const Blocks& blocks, int sender, const Reads& reads, bool only_read);

/// Of what one sender delivers once per firing: firing i what firing i - 1 has delivered, the first one
/// nothing, and nobody what the last one has.
TokenReads state_reads(int firings);

}  // namespace phasecore::mapping
