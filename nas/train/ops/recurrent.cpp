// LSTM, GRU and RNN, step by step as a chip computes them (docs/model/recurrent.md): what comes in and the
// state as codes through the crossbars, their sums as codes to the gates.
#include <torch/torch.h>

#include "models/graph/ops/recurrent_loop.hpp"
#include "nas/train/hardware_ops.hpp"
#include "nas/train/mvm.hpp"
#include "nas/train/operators.hpp"

namespace phasecore::train {
namespace {

using graph::Recurrent;
using torch::Tensor;
using Kind = Recurrent::Kind;

/// A batch of sequences on its way through a layer. The errors of the weights are those of one programming:
/// the same in every step.
class Loop {
 public:
  Loop(const Recurrent& op, const LayerPass& at)
      : op_(op),
        at_(at),
        of_state_(programmed(at.parameter("state_weight")[0], at.pass)),
        gates_(gates_range(at.layer)) {
    const Tensor x = at.inputs[0], bias = at.parameter("bias");
    const std::int64_t n = x.size(0), steps = x.size(1), rows = of_state_.weight.size(0);
    const Programmed of_input = programmed(at.parameter("input_weight")[0], at.pass);
    came_in_ = product(at.layer.name, of_input, x.reshape({n * steps, x.size(2)}), at.pass);
    if (bias.defined()) {
      came_in_ = came_in_ + bias[0].narrow(0, 0, rows);
      state_bias_ = bias[0].narrow(0, rows, rows);
    }
    came_in_ = came_in_.view({n, steps, rows}).transpose(0, 1).contiguous();
    state_ = cells_ = torch::zeros({n, op.hidden()});
  }

  std::int64_t steps() const { return came_in_.size(0); }
  const Tensor& state() const { return state_; }
  const Tensor& cells() const { return cells_; }

  void step(std::int64_t number) {
    const Tensor fed_back =
        number == 0 ? state_ : through_range(at_.layer.name, state_, at_.pass.activation_bits, at_.pass);
    Tensor of_state = product(at_.layer.name, of_state_, fed_back, at_.pass);
    if (state_bias_.defined()) of_state = of_state + state_bias_;
    const Tensor came_in = came_in_[number];
    switch (op_.kind) {
      case Kind::Lstm:
        return step_lstm(gate_inputs(came_in + of_state).chunk(4, 1));
      case Kind::Gru:
        return step_gru(gate_inputs(apart(came_in, of_state)).chunk(4, 1));
      case Kind::Rnn:
        state_ = torch::tanh(gate_inputs(came_in + of_state));
    }
  }

 private:
  /// Of a GRU's candidate the two products: the reset gate is between them.
  Tensor apart(const Tensor& came_in, const Tensor& of_state) const {
    const std::int64_t hidden = op_.hidden();
    return torch::cat({came_in.narrow(1, 0, 2 * hidden) + of_state.narrow(1, 0, 2 * hidden),
                       came_in.narrow(1, 2 * hidden, hidden), of_state.narrow(1, 2 * hidden, hidden)},
                      1);
  }

  /// Complete sums on their way to the gates. Without converters output noise is theirs.
  Tensor gate_inputs(const Tensor& sums) const {
    const Pass& pass = at_.pass;
    const bool noisy = pass.output_noise > 0 && !pass.has_converters();
    const Tensor seen =
        noisy ? sums + normal_like(sums, pass.output_noise * range_of(gates_, pass), pass.noise) : sums;
    return through_range(gates_, seen, pass.activation_bits, pass);
  }

  /// In ONNX's order: input, output, forget, cell.
  void step_lstm(const std::vector<Tensor>& sums) {
    cells_ = torch::sigmoid(sums[2]) * cells_ + torch::sigmoid(sums[0]) * torch::tanh(sums[3]);
    state_ = torch::sigmoid(sums[1]) * torch::tanh(cells_);
  }

  /// Update, reset, candidate of what comes in and of the state.
  void step_gru(const std::vector<Tensor>& sums) {
    const Tensor update = torch::sigmoid(sums[0]);
    const Tensor candidate = torch::tanh(sums[2] + torch::sigmoid(sums[1]) * sums[3]);
    state_ = candidate + update * (state_ - candidate);
  }

  const Recurrent& op_;
  const LayerPass& at_;
  const Programmed of_state_;
  const std::string gates_;
  Tensor came_in_;  ///< {steps, N, rows}
  Tensor state_bias_, state_, cells_;
};

/// {N, steps, values} -> {N, steps, 1, hidden} or {N, 1, hidden}.
Tensor recurrent(const Recurrent& op, const LayerPass& at) {
  Loop loop(op, at);
  std::vector<Tensor> states;
  for (std::int64_t step = 0; step < loop.steps(); ++step) {
    loop.step(step);
    if (op.result == Recurrent::Result::Sequence) states.push_back(loop.state());
  }
  if (op.result == Recurrent::Result::Sequence) return torch::stack(states, 1).unsqueeze(2);
  return (op.result == Recurrent::Result::Cells ? loop.cells() : loop.state()).unsqueeze(1);
}

}  // namespace

void register_recurrent(Operators& operators) {
  operators.add<Recurrent>(recurrent);
  operators.refuse_if<Recurrent>(graph::why_no_plain_loop);
}

}  // namespace phasecore::train
