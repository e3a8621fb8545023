// A convolution or Gemm, in crossbars or in a digital unit, with what the digital units do to its sums.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/mapping/stage.hpp"
#include "sim/mapping/stages/activation.hpp"
#include "sim/mapping/stages/pool.hpp"
#include "sim/mapping/tokens.hpp"

namespace phasecore::mapping {

/// Rows [row_begin, row_end) x columns [col_begin, col_end) of a stage's matrix, in one core. Sub-matrices of
/// one replica with equal columns form a chain of partial sums in the order of `chain position` = 0, 1, ...
struct SubMatrix {
  int row_begin = 0, row_end = 0, col_begin = 0, col_end = 0;
  int chain_position = 0;
  int core = -1;
  int replica = 0;
};

/// How the pixels of a layer are shared out. Each replica has all of the layer's weights, in cores of its
/// own; a firing computes a tile of neighbouring pixels. The matrix of a tile has a copy of the kernels for
/// each of its pixels, as its columns, and the rows that they see together; where a copy does not look it is
/// zero (shifted and duplicated kernels). Tiles are counted row by row, and so are copies in a tile. Of a
/// grouped convolution each group's block grows so: its rows, and the columns of its copies, stay together.
struct Sharing {
  int tile_h = 1, tile_w = 1;
  int replicas = 1;
  int copies() const { return tile_h * tile_w; }
  bool operator==(const Sharing& o) const {
    return tile_h == o.tile_h && tile_w == o.tile_w && replicas == o.replicas;
  }
};

/// Channels [begin, end) of a layer's output.
struct Channels {
  int begin = 0, end = 0;
  int count() const { return end - begin; }
};

/// What a column of a tile's matrix computes.
struct TileColumn {
  int copy = 0, channel = 0;
};

/// Neighbouring cells of a row of a sub-matrix: columns [col, col + count) of the row `row`, both counted
/// from its corner.
struct CellRun {
  int row = 0, col = 0, count = 0;
  int copy = 0;                        ///< of the kernels; -1: zeros between copies
  int weight_row = 0, weight_col = 0;  ///< in the layer's weight matrix; between copies in the tile's matrix
};

/// out = pool(activation(first_activation(W x + b) + inputs[1] + ...)), every piece but W optional; x is what
/// the window sees of inputs[0]. Fires once per tile of `plane`. A fused pool emits at the firing that
/// completes a window, one window at a time, in raster order; where pixels are shared out, block by block
/// (blocks()), and replicas take blocks in turn.
struct MvmWork : StageWork {
  graph::Shape plane;                   ///< of W x + b: {C_out, H, W} or {F}
  std::optional<graph::Window> window;  ///< of a convolution; none: a Gemm, whose row r is the input's value
                                        ///< r in C order, so Flatten needs no stage
  Spread spread;  ///< of a transposed convolution, which is one of its input with zeros between the pixels
  int groups = 1;
  int rows = 0, cols = 0;  ///< weight matrix: rows = C_in*kh*kw (channel-major: c, ky, kx), cols = C_out
  /// rows x cols, row-major. Grouped convolutions: block-diagonal, zeros outside the blocks.
  std::vector<float> weights;
  std::vector<float> bias;  ///< cols, never empty
  bool digital = false;     ///< computed exactly by a digital unit (per-layer override)
  int adc_bits = 0;
  int most_columns = 0;         ///< of a sub-matrix, beside what an array has; 0: any
  Activation first_activation;  ///< before the other inputs are added
  Activation activation;
  std::optional<Pool> pool;
  /// The layer that the pool is, its operator, and the layer whose values it reads.
  std::string pool_layer, pool_op, pooled_layer;
  PoolCut pool_cut;  ///< how it has been taken apart
  Sharing sharing;
  /// Sorted by (replica, col_begin, chain position), for each replica alike; empty when digital. They are
  /// parts of the matrix of a tile.
  std::vector<SubMatrix> submatrices;

  /// Pixels of the plane.
  int positions() const;
  /// Several pixels per firing, or several replicas.
  bool is_shared() const { return !(sharing == Sharing{}); }
  /// The plane in tiles.
  Raster tiles() const;
  /// Every tile as a place of a larger window. Throws InternalError for tiles that has_tiles() denies.
  graph::Window tile_window() const;
  int tile_rows() const;
  int tile_cols() const { return cols * sharing.copies(); }
  /// Columns of a group's block in the matrix of a tile.
  int group_cols() const { return tile_cols() / groups; }
  /// Columns are counted group by group, in each copy by copy.
  TileColumn tile_column(int column) const;
  int column_of(const TileColumn& of) const;
  /// What a sub-matrix computes of every pixel of a tile: where tiles have several, whole groups.
  virtual Channels channels_of(const SubMatrix& part) const {
    return {part.col_begin / sharing.copies(), part.col_end / sharing.copies()};
  }
  /// Can tiles of this size be one window: do their copies see lines at equal distances?
  bool has_tiles(int tile_h, int tile_w) const;
  /// Are the pool's windows next to each other, with nothing around them?
  bool has_even_pool() const;
  /// Does the pool stay in the firings' cores when pixels are shared out so: is it even, and are its windows
  /// whole in a block?
  bool keeps_pool(const Sharing& shared) const;
  /// What replicas take in turn: tiles, or where a pool is larger the tiles that it sees. In pixels of the
  /// plane.
  Blocks blocks() const;
  /// Tiles in the order in which a replica computes them.
  std::vector<int> tiles_of(int replica) const;
  /// 1 for the firings of a replica that deliver a token; empty: all do.
  std::vector<std::uint8_t> emits_of(const Stage& stage, int replica) const;
  /// How the stage's outputs travel.
  Blocks out_blocks(const Stage& stage) const;
  /// What the firings of a replica read of an input.
  Reads reads_of(const Stage& stage, int input, int replica) const;

  /// Rows of the matrix in one place of the window; 1 for a Gemm.
  int kernel_rows() const;
  /// Rows of the matrix that one channel of the input feeds.
  int rows_per_channel(const Stage& stage) const;
  /// The cells of a sub-matrix, row by row.
  std::vector<CellRun> cells(const SubMatrix& part) const;
  /// Their weights: rows x columns, row-major.
  std::vector<float> weights_of(const SubMatrix& part) const;
  /// MACs per image that crossbars do: more than the layer has where tiles are cut off at an edge.
  long long executed_macs() const;
  int per_replica() const { return static_cast<int>(submatrices.size()) / sharing.replicas; }
  /// Is a sub-matrix the last of its chain of partial sums?
  bool ends_chain(std::size_t submatrix) const;
  /// Real (not structurally zero) weights in a sub-matrix.
  virtual long long weights_in(const SubMatrix& part) const;

  /// Rows before which the matrix is cut whatever the arrays hold.
  virtual std::vector<int> row_joints() const { return {}; }
  /// So many neighbouring columns stay in one core.
  virtual int columns_together() const { return 1; }
  /// May its pixels be shared out in tiles and to replicas?
  virtual bool can_be_shared() const { return true; }
  /// Where it goes behind the digital unit.
  virtual std::vector<UnitWork> units_behind(const Stage& stage, int /*submatrix*/) const {
    return further_units(stage);
  }

  int firings(const Stage& stage) const override;
  Reads reads(const Stage& stage, int input) const override;
  std::vector<std::uint8_t> emits(const Stage& stage) const override;
  DigitalDemand demand(const Stage& stage) const override;
  Activation* joined_activation(const Activation& /*next*/) override { return &activation; }
};

/// The work of a stage that is computed in crossbars, else null.
const MvmWork* in_crossbars(const Stage& stage);
MvmWork* in_crossbars(Stage& stage);
/// None for a stage that is not in crossbars.
const std::vector<SubMatrix>& submatrices_of(const Stage& stage);

}  // namespace phasecore::mapping
