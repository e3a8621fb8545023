#include "models/graph/ops/recurrent.hpp"

#include <algorithm>
#include <cmath>

#include "models/graph/ops/pointwise.hpp"

namespace phasecore::graph {
namespace {

using Function = Recurrent::Function;
using Kind = Recurrent::Kind;
using Values = std::vector<float>;

float value_of(Function function, float x) {
  switch (function) {
    case Function::Sigmoid:
      return sigmoid(x);
    case Function::Tanh:
      return std::tanh(x);
    case Function::Relu:
      return std::max(0.0f, x);
    case Function::HardSigmoid:
      return HardSigmoid().of(x);
    case Function::Softsign:
      return Softsign::value(x);
    default:
      return softplus(x);
  }
}

/// One direction on its way through the sequence.
class Direction {
 public:
  Direction(const Recurrent& op, int direction, int values)
      : op_(op), hidden_(op.hidden()), values_(values), rows_(op.gates() * hidden_) {
    input_weights_ = &op.input_weights.values[static_cast<std::size_t>(direction) * rows_ * values];
    state_weights_ = &op.state_weights.values[static_cast<std::size_t>(direction) * rows_ * hidden_];
    if (!op.bias.empty()) bias_ = &op.bias.values[static_cast<std::size_t>(direction) * 2 * rows_];
    if (!op.peepholes.empty())
      peepholes_ = &op.peepholes.values[static_cast<std::size_t>(direction) * 3 * hidden_];
    functions_ = &op.functions[static_cast<std::size_t>(direction) * op.functions_each()];
    state_.assign(hidden_, 0);
    cells_.assign(hidden_, 0);
  }

  void start(const float* state, const float* cells) {
    if (state != nullptr) state_.assign(state, state + hidden_);
    if (cells != nullptr) cells_.assign(cells, cells + hidden_);
  }

  void step(const float* x) {
    from_input_ = product(input_weights_, x, values_, bias_);
    from_state_ = product(state_weights_, state_.data(), hidden_, bias_ == nullptr ? nullptr : bias_ + rows_);
    switch (op_.kind) {
      case Kind::Lstm:
        return step_lstm();
      case Kind::Gru:
        return step_gru();
      default:
        for (int i = 0; i < hidden_; ++i) state_[i] = function(0, from_input_[i] + from_state_[i]);
    }
  }

  const Values& state() const { return state_; }
  const Values& cells() const { return cells_; }

 private:
  /// matrix {rows, columns} * x + bias; sums in the order of the columns.
  Values product(const float* matrix, const float* x, int columns, const float* bias) const {
    Values result(static_cast<std::size_t>(rows_));
    for (int r = 0; r < rows_; ++r) {
      float sum = bias == nullptr ? 0 : bias[r];
      for (int c = 0; c < columns; ++c) sum += matrix[static_cast<std::size_t>(r) * columns + c] * x[c];
      result[r] = sum;
    }
    return result;
  }

  float function(int which, float x) const {
    if (op_.limit > 0) x = std::clamp(x, -op_.limit, op_.limit);
    return value_of(functions_[which], x);
  }

  /// Value i of gate `gate` of an LSTM before its function.
  float gate(int gate, int i) const {
    return from_input_[gate * hidden_ + i] + from_state_[gate * hidden_ + i];
  }
  float peephole(int gate, int i, float cell) const {
    return peepholes_ == nullptr ? 0 : peepholes_[gate * hidden_ + i] * cell;
  }

  void step_lstm() {
    for (int i = 0; i < hidden_; ++i) {
      const float input = function(0, gate(0, i) + peephole(0, i, cells_[i]));
      const float forget =
          op_.forget_is_not_input ? 1 - input : function(0, gate(2, i) + peephole(2, i, cells_[i]));
      cells_[i] = forget * cells_[i] + input * function(1, gate(3, i));
      const float output = function(0, gate(1, i) + peephole(1, i, cells_[i]));
      state_[i] = output * value_of(functions_[2], cells_[i]);
    }
  }

  void step_gru() {
    Values update(hidden_), reset(hidden_), reset_state(hidden_);
    for (int i = 0; i < hidden_; ++i) {
      update[i] = function(0, gate(0, i));
      reset[i] = function(0, gate(1, i));
      reset_state[i] = reset[i] * state_[i];
    }
    const Values of_reset = op_.reset_after_product ? Values()
                                                    : product(state_weights_, reset_state.data(), hidden_,
                                                              bias_ == nullptr ? nullptr : bias_ + rows_);
    for (int i = 0; i < hidden_; ++i) {
      const int row = 2 * hidden_ + i;
      const float past = op_.reset_after_product ? reset[i] * from_state_[row] : of_reset[row];
      const float candidate = function(1, from_input_[row] + past);
      state_[i] = (1 - update[i]) * candidate + update[i] * state_[i];
    }
  }

  const Recurrent& op_;
  int hidden_, values_, rows_;
  const float *input_weights_, *state_weights_;
  const float *bias_ = nullptr, *peepholes_ = nullptr;
  const Function* functions_;
  Values state_, cells_, from_input_, from_state_;
};

}  // namespace

std::string Recurrent::name() const {
  return kind == Kind::Lstm ? "LSTM" : kind == Kind::Gru ? "GRU" : "RNN";
}

void Recurrent::check(Findings& findings) const {
  const Shape &w = input_weights.shape, &r = state_weights.shape;
  if (w.size() != 3 || r.size() != 3)
    return findings.add("weights of shape " + to_string(w) + " and " + to_string(r) +
                        " must have 3 dimensions");
  check_given_shape(w, findings);
  check_given_shape(r, findings);
  if (!findings.ok()) return;
  if (r[0] > 2) return findings.add("has " + std::to_string(r[0]) + " directions; must be 1 or 2");
  const long long rows = static_cast<long long>(gates()) * r[2];
  if (rows > kMaxValues) return findings.add("has " + std::to_string(r[2]) + " hidden values");
  check_tensor("weights of the state", state_weights, {r[0], static_cast<int>(rows), r[2]}, findings);
  check_tensor("weights of the input", input_weights, {r[0], static_cast<int>(rows), w[2]}, findings);
  if (!bias.empty()) check_tensor("bias values", bias, {r[0], static_cast<int>(2 * rows)}, findings);
  if (!peepholes.empty()) check_tensor("peepholes", peepholes, {r[0], 3 * r[2]}, findings);
  if (static_cast<int>(functions.size()) != r[0] * functions_each())
    findings.add("has " + std::to_string(functions.size()) + " functions; must have " +
                 std::to_string(r[0] * functions_each()));
  if (!(limit >= 0)) findings.add("clip must not be negative");
}

Shape Recurrent::infer_shape(const std::vector<Source>& sources, Findings& findings) const {
  const Shape& in = *sources[0].shape;
  if (in.size() != 2 || in[1] != input_weights.shape[2]) {
    findings.add("weights take a sequence of " + std::to_string(input_weights.shape[2]) + " values, '" +
                 *sources[0].name + "' delivers " + to_string(in));
    return {};
  }
  for (std::size_t i = 1; i < sources.size(); ++i)
    if (*sources[i].shape != Shape{directions(), hidden()})
      findings.add("starts with " + to_string(Shape{directions(), hidden()}) + " values, '" +
                   *sources[i].name + "' delivers " + to_string(*sources[i].shape));
  if (result == Result::Sequence) return {in[0], directions(), hidden()};
  return {directions(), hidden()};
}

void Recurrent::run(const std::vector<Sample>& inputs, const Shape& /*shape*/, float* out,
                    Scratch& /*scratch*/) const {
  const int steps = (*inputs[0].shape)[0], values = (*inputs[0].shape)[1];
  for (int d = 0; d < directions(); ++d) {
    Direction direction(*this, d, values);
    direction.start(starts_with_state ? inputs[1].values + d * hidden() : nullptr,
                    starts_with_cells ? inputs.back().values + d * hidden() : nullptr);
    const bool from_end = backward || d == 1;
    for (int i = 0; i < steps; ++i) {
      const int step = from_end ? steps - 1 - i : i;
      direction.step(inputs[0].values + static_cast<long long>(step) * values);
      if (result == Result::Sequence)
        std::copy(direction.state().begin(), direction.state().end(),
                  out + (static_cast<long long>(step) * directions() + d) * hidden());
    }
    const Values& last = result == Result::Cells ? direction.cells() : direction.state();
    if (result != Result::Sequence) std::copy(last.begin(), last.end(), out + d * hidden());
  }
}

std::vector<NamedTensor<Tensor>> Recurrent::own_tensors() {
  return {{"input_weight", &input_weights, Start::HeNormal, true},
          {"state_weight", &state_weights, Start::HeNormal, true},
          {"bias", &bias, Start::Zeros, true},
          {"peephole", &peepholes, Start::Zeros, true}};
}

}  // namespace phasecore::graph
