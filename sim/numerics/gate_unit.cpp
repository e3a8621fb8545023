#include "sim/numerics/gate_unit.hpp"

#include <algorithm>
#include <cmath>

#include "common/diagnostics.hpp"
#include "sim/numerics/epilogue.hpp"

namespace phasecore::numerics {
namespace {

using Kind = graph::Recurrent::Kind;

float fp16(float x) {
  return fp16_value(fp16_bits(x));
}

std::size_t columns_of(Kind kind) {
  return kind == Kind::Rnn ? 1 : 4;
}

}  // namespace

GateUnit::GateUnit(Kind kind, const config::Gates& gates)
    : kind_(kind),
      columns_(columns_of(kind)),
      range_(static_cast<float>(gates.tanh_range)),
      per_bin_(static_cast<float>(gates.tanh_bins / (2 * gates.tanh_range))) {
  for (int i = 0; i <= gates.tanh_bins; ++i)
    entries_.push_back(
        fp16(static_cast<float>(std::tanh(-gates.tanh_range + 2 * gates.tanh_range * i / gates.tanh_bins))));
}

float GateUnit::tanh(float x) const {
  if (!(x > -range_)) return std::isnan(x) ? x : entries_.front();
  if (x >= range_) return entries_.back();
  const float at = (x + range_) * per_bin_;
  const auto bin = std::min(static_cast<std::size_t>(at), entries_.size() - 2);
  const float part = at - static_cast<float>(bin);
  return fp16(entries_[bin] + part * (entries_[bin + 1] - entries_[bin]));
}

float GateUnit::sigmoid(float x) const {
  return fp16(0.5f + 0.5f * tanh(fp16(0.5f * x)));
}

void GateUnit::step_lstm(const float* sums, float& held, float& state) const {
  const float input = sigmoid(sums[0]), output = sigmoid(sums[1]), forget = sigmoid(sums[2]);
  held = fp16(fp16(forget * held) + fp16(input * tanh(sums[3])));
  state = fp16(output * tanh(held));
}

void GateUnit::step_gru(const float* sums, float& held, float& state) const {
  const float update = sigmoid(sums[0]), reset = sigmoid(sums[1]);
  const float candidate = tanh(fp16(sums[2] + fp16(reset * sums[3])));
  held = fp16(fp16(fp16(1.0f - update) * candidate) + fp16(update * held));
  state = held;
}

void GateUnit::step(std::size_t cells, const float* sums, float* held, float* state) const {
  for (std::size_t i = 0; i < cells; ++i, sums += columns_) switch (kind_) {
      case Kind::Lstm:
        step_lstm(sums, held[i], state[i]);
        break;
      case Kind::Gru:
        step_gru(sums, held[i], state[i]);
        break;
      case Kind::Rnn:
        state[i] = tanh(sums[0]);
        break;
    }
}

}  // namespace phasecore::numerics
