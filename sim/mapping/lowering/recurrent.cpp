// LSTM, GRU and RNN: a stage that fires once per step of a sequence.
#include "sim/mapping/stages/recurrent.hpp"

#include "models/graph/ops/recurrent_loop.hpp"
#include "sim/mapping/lowering.hpp"

namespace phasecore::mapping {
namespace {

using graph::Recurrent;
using Kind = Recurrent::Kind;

/// What gate slices do not compute.
std::optional<std::string> why_not(const Recurrent& op) {
  if (op.result == Recurrent::Result::Cells) return "its cells are read; gate slices deliver the state alone";
  const auto why = graph::why_no_plain_loop(op);
  if (!why) return std::nullopt;
  return *why + "; gate slices take plain steps from zeros on, of one product each";
}

/// Sums that one gate takes of a cell: rows of ONNX's matrices, and which of the two count.
struct Column {
  int gate = 0;
  bool of_input = true, of_state = true;
};

/// Of a cell, side by side. A GRU's candidate takes its two products apart: the reset gate is between them.
std::vector<Column> columns_of(const Recurrent& op) {
  if (op.kind == Kind::Gru) return {{0}, {1}, {2, true, false}, {2, false, true}};
  std::vector<Column> columns;
  for (int gate = 0; gate < op.gates(); ++gate) columns.push_back({gate});
  return columns;
}

void fill_matrix(const Recurrent& op, RecurrentWork& work) {
  const std::vector<Column> columns = columns_of(op);
  const int hidden = op.hidden(), values = op.input_weights.shape[2];
  work.input_rows = values;
  work.cell_columns = static_cast<int>(columns.size());
  work.kind = op.kind;
  work.rows = values + hidden;
  work.cols = hidden * work.cell_columns;
  work.weights.assign(static_cast<std::size_t>(work.rows) * work.cols, 0.0f);
  work.bias.assign(static_cast<std::size_t>(work.cols), 0.0f);
  const auto fill = [&](const graph::Tensor& from, int first_row, int rows, int gate_row, int col) {
    for (int r = 0; r < rows; ++r)
      work.weights[static_cast<std::size_t>(first_row + r) * work.cols + col] =
          from.values[static_cast<std::size_t>(gate_row) * rows + r];
  };
  for (int cell = 0; cell < hidden; ++cell)
    for (int i = 0; i < work.cell_columns; ++i) {
      const int row = columns[i].gate * hidden + cell, col = cell * work.cell_columns + i;
      if (columns[i].of_input) fill(op.input_weights, 0, values, row, col);
      if (columns[i].of_state) fill(op.state_weights, values, hidden, row, col);
      if (op.bias.empty()) continue;
      float& bias = work.bias[col];
      if (columns[i].of_input) bias += op.bias.values[row];
      if (columns[i].of_state) bias += op.bias.values[op.gates() * hidden + row];
    }
}

void lower_recurrent(Lowering& at) {
  const auto& op = *at.layer().as<Recurrent>();
  if (const auto why = why_not(op)) return at.refuse(*why);
  const auto sequence = at.sequence(0);
  if (!sequence) return at.refuse("the steps of its sequence do not come one after the other");
  const int steps = raster_of(sequence->shape).pixels();
  RecurrentWork work;
  fill_matrix(op, work);
  work.last_step_only = op.result == Recurrent::Result::State;
  work.window = graph::Window{};
  work.plane = {work.cols, 1, steps};
  Stage stage;
  stage.inputs = {*sequence};
  stage.out_shape = work.last_step_only ? graph::Shape{op.hidden()} : graph::Shape{op.hidden(), steps};
  stage.macs = graph::macs(at.network(), at.layer_index());
  stage.work = std::move(work);
  at.start_sequence(std::move(stage));
}

}  // namespace

void register_recurrent(Rules& rules) {
  rules.add("LSTM", lower_recurrent);
  rules.add("GRU", lower_recurrent);
  rules.add("RNN", lower_recurrent);
}

}  // namespace phasecore::mapping
