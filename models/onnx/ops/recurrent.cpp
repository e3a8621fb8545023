#include "models/graph/ops/recurrent.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "models/onnx/node_reader.hpp"
#include "models/onnx/node_writer.hpp"
#include "models/onnx/operators.hpp"

namespace phasecore::onnx {
namespace {

using graph::Recurrent;
using Function = Recurrent::Function;
using Kind = Recurrent::Kind;
using Result = Recurrent::Result;

const std::map<std::string, Function> kFunctions{
    {"HardSigmoid", Function::HardSigmoid}, {"Relu", Function::Relu},         {"Sigmoid", Function::Sigmoid},
    {"Softplus", Function::Softplus},       {"Softsign", Function::Softsign}, {"Tanh", Function::Tanh}};

/// The functions of one direction where a node names none.
std::vector<std::string> usual_functions(Kind kind) {
  if (kind == Kind::Lstm) return {"Sigmoid", "Tanh", "Tanh"};
  if (kind == Kind::Gru) return {"Sigmoid", "Tanh"};
  return {"Tanh"};
}

void read_functions(NodeReader& reader, int directions, Recurrent& op) {
  std::vector<std::string> names;
  if (const auto* given = reader.attributes().find("activations"); given != nullptr)
    names.assign(given->strings().begin(), given->strings().end());
  const bool named = !names.empty();
  for (int d = 0; !named && d < directions; ++d)
    for (const std::string& name : usual_functions(op.kind)) names.push_back(name);
  for (const std::string& name : names) {
    const auto found = kFunctions.find(name);
    if (found == kFunctions.end())
      reader.problem(
          "function '" + name +
          "' is not supported; supported are HardSigmoid, Relu, Sigmoid, Softplus, Softsign, Tanh");
    else
      op.functions.push_back(found->second);
  }
  for (const char* parameters : {"activation_alpha", "activation_beta"})
    if (!reader.attributes().reals(parameters).empty())
      reader.problem(
          std::string("attribute '") + parameters +
          "' is not supported: functions have ONNX's usual parameters; leave it out if it says these");
}

void read_attributes(NodeReader& reader, Recurrent& op) {
  Attributes& attributes = reader.attributes();
  const std::string direction = attributes.text("direction", "forward");
  op.backward = direction == "reverse";
  if (direction != "forward" && direction != "reverse" && direction != "bidirectional")
    reader.problem("attribute 'direction' is '" + direction + "'; must be forward, reverse or bidirectional");
  if (attributes.find("clip") != nullptr) {
    op.limit = attributes.real("clip", 0);
    if (!(op.limit > 0)) reader.problem(fmt::format("attribute 'clip' is {}; must be positive", op.limit));
  }
  if (op.kind == Kind::Gru) op.reset_after_product = attributes.integer("linear_before_reset", 0) != 0;
  if (op.kind == Kind::Lstm) op.forget_is_not_input = attributes.integer("input_forget", 0) != 0;
  read_functions(reader, direction == "bidirectional" ? 2 : 1, op);
}

/// The sequences must all be whole: their lengths, if given, are those of the tensor.
void check_lengths(NodeReader& reader, int steps) {
  if (!reader.has_input(4)) return;
  if (!reader.is_constant(4))
    return reader.problem(
        "input '" + reader.node().input(4) +
        "' (sequence_lens) comes with the data; supported are whole sequences: leave it out");
  const auto lengths = reader.ints(4, "sequence_lens");
  if (!lengths) return;
  for (const auto length : *lengths)
    if (length != steps)
      return reader.problem("input '" + reader.node().input(4) + "' (sequence_lens) says " +
                            std::to_string(length) + " of " + std::to_string(steps) +
                            " steps; supported are whole sequences: cut what it reads to its length");
}

/// The state that it starts with, if that is not zero: its layer is appended to `inputs`.
bool read_start(NodeReader& reader, int input, int batch_place, std::vector<int>& inputs) {
  if (!reader.has_input(input)) return false;
  if (reader.is_constant(input)) {
    const graph::Tensor values = reader.floats(input, "state");
    if (std::all_of(values.values.begin(), values.values.end(), [](float v) { return v == 0; })) return false;
    if (values.shape.size() == 3 && values.shape[batch_place] != 1) {
      reader.problem("starts with '" + reader.node().input(input) + "', a state for each of " +
                     std::to_string(values.shape[batch_place]) +
                     " sequences; supported is one for all, or zeros");
      return false;
    }
  }
  const Operand state = reader.with_batch_at(reader.operand(input), batch_place);
  inputs.push_back(state.layer);
  return true;
}

/// Weights, and what the attributes say.
Recurrent read_operator(NodeReader& reader, Kind kind) {
  Recurrent op;
  op.kind = kind;
  op.input_weights = reader.floats(1, "weights of the input");
  op.state_weights = reader.floats(2, "weights of the state");
  if (reader.has_input(3)) op.bias = reader.floats(3, "bias");
  if (kind == Kind::Lstm && reader.has_input(7)) op.peepholes = reader.floats(7, "peepholes");
  read_attributes(reader, op);
  return op;
}

void check_hidden_size(NodeReader& reader, const graph::Shape& state_weights) {
  const int hidden = reader.attributes().integer("hidden_size", state_weights[2]);
  if (hidden != state_weights[2])
    reader.problem("hidden_size " + std::to_string(hidden) + " differs from its weights of shape " +
                   graph::to_string(state_weights));
}

/// A layer for each output that somebody reads.
void emit_outputs(NodeReader& reader, const Recurrent& op, bool batch_first, const std::vector<int>& inputs) {
  for (int output = 0; output < (op.kind == Kind::Lstm ? 3 : 2); ++output) {
    if (!reader.is_read(output)) continue;
    Recurrent one = op;
    one.result = output == 0 ? Result::Sequence : output == 1 ? Result::State : Result::Cells;
    const int place = batch_first ? 0 : output == 0 ? 2 : 1;
    reader.emit_output(output, std::move(one), inputs, {place, false, std::nullopt});
  }
}

void read(NodeReader& reader, Kind kind) {
  const bool is_lstm = kind == Kind::Lstm;
  reader.expect_inputs(3, is_lstm ? 8 : 6);
  const int layout = reader.attributes().integer("layout", 0);
  if (layout != 0 && layout != 1)
    reader.problem("attribute 'layout' is " + std::to_string(layout) + "; must be 0 or 1");
  const bool batch_first = layout != 0;
  const Operand x = reader.with_batch_at(reader.operand(0), batch_first ? 0 : 1);
  Recurrent op = read_operator(reader, kind);
  if (!reader.ok() || !x.known) return reader.give_up();
  if (x.shape.size() != 2 || op.state_weights.shape.size() != 3) {
    reader.problem("needs sequences of values and weights of 3 dimensions");
    return reader.give_up();
  }
  check_hidden_size(reader, op.state_weights.shape);
  check_lengths(reader, x.shape[0]);
  std::vector<int> inputs{x.layer};
  op.starts_with_state = read_start(reader, 5, batch_first ? 0 : 1, inputs);
  if (is_lstm) op.starts_with_cells = read_start(reader, 6, batch_first ? 0 : 1, inputs);
  if (!reader.ok()) return reader.give_up();
  emit_outputs(reader, op, batch_first, inputs);
}

std::string name_of(Function function) {
  for (const auto& [name, known] : kFunctions)
    if (known == function) return name;
  throw common::InternalError("onnx: a function of recurrent layers without a name");
}

/// With the batch first, as in all that is written.
void write(const Recurrent& op, NodeWriter& writer) {
  if (op.arity() > 1) writer.refuse("a recurrent layer that starts with a state cannot be written to ONNX");
  writer.require_opset(14);
  writer.output(op.result == Result::Sequence ? 0 : op.result == Result::State ? 1 : 2);
  writer.weights(".input_weights", op.input_weights);
  writer.weights(".state_weights", op.state_weights);
  if (!op.bias.empty())
    writer.input(".bias", op.bias);
  else if (!op.peepholes.empty())
    writer.absent_input();
  if (!op.peepholes.empty()) {
    for (int i = 4; i < 7; ++i) writer.absent_input();  // lengths, state, cells
    writer.input(".peepholes", op.peepholes);
  }
  writer.integer("layout", 1);
  writer.integer("hidden_size", op.hidden());
  writer.text("direction", op.directions() == 2 ? "bidirectional" : op.backward ? "reverse" : "forward");
  if (op.limit != 0) writer.real("clip", op.limit);
  if (op.reset_after_product) writer.integer("linear_before_reset", 1);
  if (op.forget_is_not_input) writer.integer("input_forget", 1);
  std::vector<std::string> names;
  for (const Function function : op.functions) names.push_back(name_of(function));
  writer.texts("activations", names);
}

}  // namespace

void register_recurrent(Registry& registry) {
  registry.reads_several("LSTM", [](NodeReader& reader) { read(reader, Kind::Lstm); });
  registry.reads_several("GRU", [](NodeReader& reader) { read(reader, Kind::Gru); });
  registry.reads_several("RNN", [](NodeReader& reader) { read(reader, Kind::Rnn); });
  registry.writes<Recurrent>(write);
}

}  // namespace phasecore::onnx
