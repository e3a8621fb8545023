// LSTM, GRU and RNN layers: a matrix for what comes in and for the state of the step before, and gates.
#pragma once

#include <vector>

#include "models/graph/ops/recurrent.hpp"
#include "sim/mapping/stages/mvm.hpp"

namespace phasecore::mapping {

/// One firing per step of a sequence, whose pixels the steps are. The rows of the matrix are the values that
/// come in, then those of the state: what the stage delivered the step before, zeros at first. Its columns
/// are what the gates of cell 0 take, then those of cell 1, and so on. The core with the last partial sums of
/// a cell hands them to a gate slice, which holds the cell and delivers its value.
struct RecurrentWork final : MvmWork {
  int input_rows = 0;    ///< of the matrix, for what comes in
  int cell_columns = 0;  ///< that a cell's gates take
  graph::Recurrent::Kind kind = graph::Recurrent::Kind::Lstm;
  bool last_step_only = false;  ///< delivers the state after the last step alone
  /// By sub-matrix; of no account where it does not end a chain.
  std::vector<UnitWork> gates;

  int cell_count() const { return cols / cell_columns; }
  /// Does a sub-matrix multiply the state of the step before?
  bool is_fed_back(const SubMatrix& part) const { return part.row_begin >= input_rows; }

  std::vector<int> row_joints() const override { return {input_rows}; }
  int columns_together() const override { return cell_columns; }
  bool can_be_shared() const override { return false; }
  Channels channels_of(const SubMatrix& part) const override {
    return {part.col_begin / cell_columns, part.col_end / cell_columns};
  }
  std::vector<UnitWork> units_behind(const Stage& stage, int submatrix) const override;
  long long weights_in(const SubMatrix& part) const override;
  std::vector<std::uint8_t> emits(const Stage& stage) const override;
};

}  // namespace phasecore::mapping
