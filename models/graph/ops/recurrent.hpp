// Recurrent layers: LSTM, GRU, RNN, one or both ways through a sequence.
#pragma once

#include "models/graph/operator.hpp"

namespace phasecore::graph {

/// Reads a sequence {steps, values} and, if so, the state {directions, hidden} that it starts with (and the
/// LSTM's cells). Tensors are laid out as ONNX has them, gates in its order: LSTM i, o, f, c; GRU z, r, h.
class Recurrent final : public OperatorOf<Recurrent> {
 public:
  enum class Kind { Lstm, Gru, Rnn };
  /// What is delivered: the state after each step {steps, directions, hidden}, the last state or the last
  /// cells {directions, hidden}.
  enum class Result { Sequence, State, Cells };
  enum class Function { Sigmoid, Tanh, Relu, HardSigmoid, Softsign, Softplus };

  Kind kind = Kind::Lstm;
  Result result = Result::Sequence;
  bool backward = false;  ///< one direction, from the end
  bool starts_with_state = false, starts_with_cells = false;
  bool reset_after_product = false;  ///< GRU: linear_before_reset
  bool forget_is_not_input = false;  ///< LSTM: input_forget
  float limit = 0;                   ///< of what gates are functions of; 0: none
  Tensor input_weights;              ///< {directions, gates * hidden, values}
  Tensor state_weights;              ///< {directions, gates * hidden, hidden}
  Tensor bias;       ///< {directions, 2 * gates * hidden}: of the input, then of the state; may be empty
  Tensor peepholes;  ///< LSTM: {directions, 3 * hidden}, gates i, o, f; may be empty
  std::vector<Function> functions;  ///< for each direction those that ONNX calls f, g, h

  int gates() const { return kind == Kind::Lstm ? 4 : kind == Kind::Gru ? 3 : 1; }
  int functions_each() const { return kind == Kind::Lstm ? 3 : kind == Kind::Gru ? 2 : 1; }
  int directions() const { return state_weights.shape[0]; }
  int hidden() const { return state_weights.shape[2]; }
  /// Multiply-accumulates of its matrices in one step.
  long long macs_per_step() const { return volume(input_weights.shape) + volume(state_weights.shape); }

  std::string name() const override;
  int arity() const override { return 1 + starts_with_state + starts_with_cells; }
  void check(Findings& findings) const override;
  Shape infer_shape(const std::vector<Source>& sources, Findings& findings) const override;
  void run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
           Scratch& scratch) const override;

 private:
  std::vector<NamedTensor<Tensor>> own_tensors() override;
};

}  // namespace phasecore::graph
