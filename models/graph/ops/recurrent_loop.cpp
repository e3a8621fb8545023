#include "models/graph/ops/recurrent_loop.hpp"

namespace phasecore::graph {
namespace {

using Function = Recurrent::Function;
using Kind = Recurrent::Kind;

bool has_other_functions(const Recurrent& op) {
  for (std::size_t i = 0; i < op.functions.size(); ++i) {
    const bool is_gate = op.kind != Kind::Rnn && i == 0;
    if (op.functions[i] != (is_gate ? Function::Sigmoid : Function::Tanh)) return true;
  }
  return false;
}

}  // namespace

std::optional<std::string> why_no_plain_loop(const Recurrent& op) {
  if (op.directions() > 1) return "it goes through the sequence both ways";
  if (op.backward) return "it begins at the end of the sequence";
  if (op.starts_with_state || op.starts_with_cells)
    return "it starts with a state of its own (initial_h, initial_c)";
  if (!op.peepholes.empty()) return "it has peepholes";
  if (op.limit > 0) return "it has a clip";
  if (op.forget_is_not_input) return "it has input_forget";
  if (op.kind == Kind::Gru && !op.reset_after_product)
    return "its reset gate comes before the product with the state (linear_before_reset = 0)";
  if (has_other_functions(op)) return "it has other functions than Sigmoid for gates and Tanh for values";
  return std::nullopt;
}

}  // namespace phasecore::graph
