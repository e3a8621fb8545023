#include "sim/mapping/stages/mvm.hpp"

#include <algorithm>

namespace phasecore::mapping {
namespace {

/// A window along one dimension.
struct Side {
  int kernel, stride, dilation;
};

/// The lines that `tiles` neighbouring places see together, as one place of a larger window; none where they
/// are not at equal distances.
std::optional<Side> together(const Side& one, int count) {
  if (count == 1) return one;
  if (one.kernel == 1) return Side{count, one.stride * count, one.stride};
  if (one.dilation == 1 && one.stride <= one.kernel)
    return Side{(count - 1) * one.stride + one.kernel, one.stride * count, 1};
  return std::nullopt;
}

/// The tap of copy `copy` at a line of the larger window; none: it does not look there.
std::optional<int> tap_at(const Side& one, const Side& all, int line, int copy) {
  const int pixel = line * all.dilation - copy * one.stride;
  if (pixel < 0 || pixel % one.dilation != 0 || pixel / one.dilation >= one.kernel) return std::nullopt;
  return pixel / one.dilation;
}

Side rows_of(const graph::Window& w) {
  return {w.kernel_h, w.stride_h, w.dilation_h};
}
Side columns_of(const graph::Window& w) {
  return {w.kernel_w, w.stride_w, w.dilation_w};
}

}  // namespace

int MvmWork::positions() const {
  return raster_of(plane).pixels();
}

Raster MvmWork::tiles() const {
  const Raster all = raster_of(plane);
  return {all.channels, ceil_div(all.height, sharing.tile_h), ceil_div(all.width, sharing.tile_w)};
}

bool MvmWork::has_tiles(int tile_h, int tile_w) const {
  if (tile_h == 1 && tile_w == 1) return true;
  return window && together(rows_of(*window), tile_h) && together(columns_of(*window), tile_w);
}

graph::Window MvmWork::tile_window() const {
  common::ensure(window && has_tiles(sharing.tile_h, sharing.tile_w), "mapping: no tiles of this size");
  const Side y = *together(rows_of(*window), sharing.tile_h),
             x = *together(columns_of(*window), sharing.tile_w);
  graph::Window all = *window;
  all.kernel_h = y.kernel;
  all.stride_h = y.stride;
  all.dilation_h = y.dilation;
  all.kernel_w = x.kernel;
  all.stride_w = x.stride;
  all.dilation_w = x.dilation;
  return all;
}

int MvmWork::tile_rows() const {
  if (sharing.copies() == 1) return rows;
  const graph::Window all = tile_window();
  return rows / (window->kernel_h * window->kernel_w) * all.kernel_h * all.kernel_w;
}

bool MvmWork::has_even_pool() const {
  if (!pool) return false;
  const graph::Window& w = pool->window;
  const Raster all = raster_of(plane);
  const bool padded = w.pad_top != 0 || w.pad_left != 0 || w.pad_bottom != 0 || w.pad_right != 0;
  const auto next = [](int kernel, int stride, int size) {
    return kernel == size || (kernel == stride && size % kernel == 0);
  };
  return !padded && w.dilation_h == 1 && w.dilation_w == 1 && next(w.kernel_h, w.stride_h, all.height) &&
         next(w.kernel_w, w.stride_w, all.width);
}

bool MvmWork::keeps_pool(const Sharing& shared) const {
  if (!pool || shared == Sharing{}) return true;
  const auto whole = [](int kernel, int tile) { return tile % kernel == 0 || kernel % tile == 0; };
  return has_even_pool() && whole(pool->window.kernel_h, shared.tile_h) &&
         whole(pool->window.kernel_w, shared.tile_w);
}

Blocks MvmWork::blocks() const {
  Blocks blocks{raster_of(plane), sharing.tile_h, sharing.tile_w, sharing.replicas};
  if (!pool || !is_shared()) return blocks;
  common::ensure(keeps_pool(sharing), "mapping: a pool was fused whose windows lie in several blocks");
  blocks.height = std::max(blocks.height, pool->window.kernel_h);
  blocks.width = std::max(blocks.width, pool->window.kernel_w);
  return blocks;
}

std::vector<int> MvmWork::tiles_of(int replica) const {
  const Blocks all = blocks();
  const Raster tile = tiles();
  const int high = all.height / sharing.tile_h, wide = all.width / sharing.tile_w;
  std::vector<int> order;
  for (int block = replica; block < all.count(); block += sharing.replicas) {
    const int top = block / all.across() * high, left = block % all.across() * wide;
    for (int y = top; y < std::min(top + high, tile.height); ++y)
      for (int x = left; x < std::min(left + wide, tile.width); ++x) order.push_back(y * tile.width + x);
  }
  return order;
}

std::vector<std::uint8_t> MvmWork::emits_of(const Stage& stage, int replica) const {
  if (!is_shared()) return emits(stage);
  const Blocks all = blocks();
  if (all.height == sharing.tile_h && all.width == sharing.tile_w) return {};
  // The last tile of every block.
  const Raster tile = tiles();
  const int high = all.height / sharing.tile_h, wide = all.width / sharing.tile_w;
  std::vector<std::uint8_t> mask;
  for (const int at : tiles_of(replica)) {
    const int y = at / tile.width, x = at % tile.width;
    mask.push_back(
        (y % high == high - 1 || y == tile.height - 1) && (x % wide == wide - 1 || x == tile.width - 1) ? 1
                                                                                                        : 0);
  }
  return mask;
}

Blocks MvmWork::out_blocks(const Stage& stage) const {
  if (!is_shared()) return {raster_of(stage.out_shape)};
  Blocks out = blocks();
  out.plane = raster_of(stage.out_shape);
  if (pool) {
    out.height /= pool->window.kernel_h;
    out.width /= pool->window.kernel_w;
  }
  return out;
}

Reads MvmWork::reads_of(const Stage& stage, int input, int replica) const {
  Reads all = reads(stage, input);
  if (!is_shared()) return all;
  Reads mine;
  mine.rectangles = all.rectangles;
  for (const int tile : tiles_of(replica)) mine.spans.push_back(all.spans.at(tile));
  return mine;
}

int MvmWork::rows_per_channel(const Stage& stage) const {
  return window ? kernel_rows() : raster_of(stage.inputs.at(0).shape).pixels();
}

int MvmWork::kernel_rows() const {
  if (!window) return 1;
  const graph::Window all = tile_window();
  return all.kernel_h * all.kernel_w;
}

TileColumn MvmWork::tile_column(int column) const {
  const int per_copy = cols / groups, in_group = column % group_cols();
  return {in_group / per_copy, column / group_cols() * per_copy + in_group % per_copy};
}

int MvmWork::column_of(const TileColumn& of) const {
  const int per_copy = cols / groups;
  return of.channel / per_copy * group_cols() + of.copy * per_copy + of.channel % per_copy;
}

std::vector<CellRun> MvmWork::cells(const SubMatrix& part) const {
  std::vector<CellRun> runs;
  const int width = part.col_end - part.col_begin;
  if (sharing.copies() == 1) {
    for (int r = part.row_begin; r < part.row_end; ++r)
      runs.push_back({r - part.row_begin, 0, width, 0, r, part.col_begin});
    return runs;
  }
  const graph::Window all = tile_window();
  const int seen = all.kernel_h * all.kernel_w, per_copy = cols / groups;
  for (int r = part.row_begin; r < part.row_end; ++r) {
    const int channel = r / seen, y = r % seen / all.kernel_w, x = r % all.kernel_w;
    const int group = r / (tile_rows() / groups), begin = group * group_cols();
    const int first = std::max(begin, part.col_begin), last = std::min(begin + group_cols(), part.col_end);
    int zeros = part.col_begin;  // from here on, so far
    const auto end_zeros = [&](int at) {
      if (at > zeros) runs.push_back({r - part.row_begin, zeros - part.col_begin, at - zeros, -1, r, zeros});
    };
    for (int c = first; c < last;) {
      const TileColumn of = tile_column(c);
      const int end = std::min(c + per_copy - of.channel % per_copy, last);
      const auto ky = tap_at(rows_of(*window), rows_of(all), y, of.copy / sharing.tile_w);
      const auto kx = tap_at(columns_of(*window), columns_of(all), x, of.copy % sharing.tile_w);
      if (ky && kx) {
        end_zeros(c);
        runs.push_back({r - part.row_begin, c - part.col_begin, end - c, of.copy,
                        (channel * window->kernel_h + *ky) * window->kernel_w + *kx, of.channel});
        zeros = end;
      }
      c = end;
    }
    end_zeros(part.col_end);
  }
  return runs;
}

std::vector<float> MvmWork::weights_of(const SubMatrix& part) const {
  const int width = part.col_end - part.col_begin;
  std::vector<float> values(static_cast<std::size_t>(part.row_end - part.row_begin) * width, 0.0f);
  for (const CellRun& run : cells(part))
    if (run.copy >= 0)
      std::copy_n(weights.begin() + static_cast<std::ptrdiff_t>(run.weight_row) * cols + run.weight_col,
                  run.count, values.begin() + static_cast<std::ptrdiff_t>(run.row) * width + run.col);
  return values;
}

long long MvmWork::executed_macs() const {
  std::vector<long long> firings;
  for (int replica = 0; replica < sharing.replicas; ++replica)
    firings.push_back(static_cast<long long>(tiles_of(replica).size()));
  long long macs = 0;
  for (const SubMatrix& part : submatrices) macs += weights_in(part) * firings[part.replica];
  return macs;
}

bool MvmWork::ends_chain(std::size_t submatrix) const {
  return submatrix + 1 == submatrices.size() || submatrices[submatrix + 1].chain_position == 0;
}

long long MvmWork::weights_in(const SubMatrix& part) const {
  if (sharing.copies() > 1) {
    long long weights = 0;
    for (const CellRun& run : cells(part)) weights += run.copy >= 0 ? run.count : 0;
    return weights;
  }
  const long long part_rows = part.row_end - part.row_begin;
  const long long part_cols = part.col_end - part.col_begin;
  const int rows_per_group = rows / groups;
  // Whole groups lie on the diagonal; a part of one group is dense.
  const long long whole_groups = std::max(1LL, part_rows / rows_per_group);
  return part_rows * part_cols / whole_groups;
}

int MvmWork::firings(const Stage& /*stage*/) const {
  return tiles().pixels();
}

Reads MvmWork::reads(const Stage& stage, int input) const {
  if (input > 0) {
    graph::Window tile;
    tile.kernel_h = tile.stride_h = sharing.tile_h;
    tile.kernel_w = tile.stride_w = sharing.tile_w;
    return window_reads(raster_of(plane), tile, tiles());
  }
  const Raster in = raster_of(stage.inputs.at(0).shape);
  return window ? window_reads(in, spread, tile_window(), tiles()) : whole_reads(in);
}

std::vector<std::uint8_t> MvmWork::emits(const Stage& stage) const {
  if (!pool) return {};
  common::ensure(!is_shared(), "mapping: replicas deliver pools each for itself");
  auto mask = completions(raster_of(plane), pool->window, raster_of(stage.out_shape));
  common::ensure(mask.has_value(), "mapping: a pool was fused that cannot emit in order");
  return std::move(*mask);
}

DigitalDemand MvmWork::demand(const Stage& stage) const {
  DigitalDemand demand;
  demand.loaded_bytes = rows;
  demand.pooled = pool ? pool->values(stage.out_shape) / positions() : 0;
  demand.macs = stage.macs / positions();
  add_demand(first_activation, cols, demand);
  add_demand(activation, cols, demand);
  return demand;
}

const MvmWork* in_crossbars(const Stage& stage) {
  const MvmWork* mvm = stage.as<MvmWork>();
  return mvm != nullptr && !mvm->digital ? mvm : nullptr;
}

MvmWork* in_crossbars(Stage& stage) {
  MvmWork* mvm = stage.as<MvmWork>();
  return mvm != nullptr && !mvm->digital ? mvm : nullptr;
}

const std::vector<SubMatrix>& submatrices_of(const Stage& stage) {
  static const std::vector<SubMatrix> kNone;
  const MvmWork* mvm = in_crossbars(stage);
  return mvm != nullptr ? mvm->submatrices : kNone;
}

}  // namespace phasecore::mapping
