// LSTM, GRU and RNN: a stage that fires once per step of a sequence.
#include "models/graph/ops/recurrent.hpp"

#include <optional>
#include <string>

#include "sim/mapping/lowering.hpp"
#include "sim/mapping/stages/recurrent.hpp"

namespace phasecore::mapping {
namespace {

using graph::Recurrent;
using Function = Recurrent::Function;
using Kind = Recurrent::Kind;

/// What a slice's tables and its one cell per output do not compute.
std::optional<std::string> why_not(const Recurrent& op) {
  if (op.directions() > 1) return "it goes through the sequence both ways; gate slices hold one state";
  if (op.backward) return "it begins at the end of the sequence, of which the chip gets one step at a time";
  if (op.starts_with_state || op.starts_with_cells)
    return "it starts with a state of its own (initial_h, initial_c); gate slices start with zeros";
  if (op.result == Recurrent::Result::Cells) return "its cells are read; gate slices deliver the state alone";
  if (!op.peepholes.empty()) return "it has peepholes; gates take no cells";
  if (op.limit > 0) return "it has a clip; gates take values as they are";
  if (op.forget_is_not_input) return "it has input_forget; a forget gate takes a sum of its own";
  if (op.kind == Kind::Gru && !op.reset_after_product)
    return "its reset gate comes before the product with the state (linear_before_reset = 0): a step would "
           "take two products, one after the other";
  for (std::size_t i = 0; i < op.functions.size(); ++i) {
    const bool is_gate = op.kind != Kind::Rnn && i == 0;
    if (op.functions[i] != (is_gate ? Function::Sigmoid : Function::Tanh))
      return "it has other functions than Sigmoid for gates and Tanh for values, which alone have tables";
  }
  return std::nullopt;
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
