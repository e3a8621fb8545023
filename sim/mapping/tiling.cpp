#include "sim/mapping/tiling.hpp"

#include <algorithm>

#include "common/diagnostics.hpp"

namespace phasecore::mapping {
namespace {

/// The rows of a block, each part between joints by itself.
std::vector<int> cuts_between(std::vector<int> joints, config::TilingRule rule, const MatrixSize& block,
                              int limit) {
  joints.push_back(block.rows);
  std::vector<int> cuts{0};
  for (const int joint : joints) {
    const int first = cuts.back();
    const std::vector<int> part =
        split_rows(rule, {joint - first, block.cols, block.rows_per_channel}, limit);
    for (std::size_t i = 1; i < part.size(); ++i) cuts.push_back(first + part[i]);
  }
  return cuts;
}

/// The columns of a block; those that stay together are cut as one.
std::vector<int> column_cuts(const MvmWork& mvm, config::TilingRule rule, int columns, int limit) {
  const int together = mvm.columns_together();
  if (mvm.most_columns > 0) limit = std::min(limit, mvm.most_columns);
  std::vector<int> cuts = split(rule, columns / together, limit / together);
  for (int& cut : cuts) cut *= together;
  return cuts;
}

/// One dense block of the matrix, its upper left corner at (row, col).
void cut_block(MvmWork& mvm, config::TilingRule rule, int row, int col, const MatrixSize& block,
               const ArrayLimits& limits) {
  const std::vector<int> row_cuts = cuts_between(mvm.row_joints(), rule, block, limits.rows);
  const std::vector<int> col_cuts = column_cuts(mvm, rule, block.cols, limits.columns);
  for (std::size_t c = 0; c + 1 < col_cuts.size(); ++c)
    for (std::size_t r = 0; r + 1 < row_cuts.size(); ++r) {
      SubMatrix part;
      part.row_begin = row + row_cuts[r];
      part.row_end = row + row_cuts[r + 1];
      part.col_begin = col + col_cuts[c];
      part.col_end = col + col_cuts[c + 1];
      part.chain_position = static_cast<int>(r);
      mvm.submatrices.push_back(part);
    }
}

}  // namespace

std::vector<int> split(config::TilingRule rule, int size, int limit) {
  common::ensure(size > 0 && limit > 0, "mapping: a split of nothing or into nothing");
  const int part =
      rule == config::TilingRule::Equal ? ceil_div(size, ceil_div(size, limit)) : std::min(size, limit);
  std::vector<int> cuts;
  for (int at = 0; at < size; at += part) cuts.push_back(at);
  cuts.push_back(size);
  return cuts;
}

std::vector<int> split_rows(config::TilingRule rule, const MatrixSize& matrix, int limit) {
  const int channel = matrix.rows_per_channel;
  const bool whole_channels = rule == config::TilingRule::CeilChannels && channel <= limit;
  return split(rule, matrix.rows, whole_channels ? limit / channel * channel : limit);
}

int crossbars(config::TilingRule rule, const MatrixSize& matrix, int limit_rows, int limit_cols) {
  return static_cast<int>((split_rows(rule, matrix, limit_rows).size() - 1) *
                          (split(rule, matrix.cols, limit_cols).size() - 1));
}

ArrayLimits limits(const config::Chip& chip) {
  // LG fills at most 255 of 256 lines ("both sides < 256"); plain `ceil` fills them all.
  const int margin = chip.mapping.tiling == config::TilingRule::Equal ? chip.mapping.margin : 0;
  return {chip.crossbar.rows - margin, chip.crossbar.columns - margin};
}

void cut(MvmWork& mvm, const config::Chip& chip) {
  const config::TilingRule rule = chip.mapping.tiling;
  const ArrayLimits most = limits(chip);
  mvm.submatrices.clear();
  const int rows = mvm.tile_rows() / mvm.groups;
  const int cols = mvm.tile_cols() / mvm.groups;
  const int together = std::min(most.rows / rows, most.columns / cols);
  if (mvm.groups > 1 && together >= 1) {
    const std::vector<int> cuts = split(rule, mvm.groups, together);
    for (std::size_t k = 0; k + 1 < cuts.size(); ++k)
      mvm.submatrices.push_back(
          {cuts[k] * rows, cuts[k + 1] * rows, cuts[k] * cols, cuts[k + 1] * cols, 0, -1});
  } else {
    for (int g = 0; g < mvm.groups; ++g)
      cut_block(mvm, rule, g * rows, g * cols, {rows, cols, mvm.kernel_rows()}, most);
  }
  const std::vector<SubMatrix> one = mvm.submatrices;
  for (int replica = 1; replica < mvm.sharing.replicas; ++replica)
    for (SubMatrix part : one) {
      part.replica = replica;
      mvm.submatrices.push_back(part);
    }
}

}  // namespace phasecore::mapping
