// What a gate slice computes: FP16 values, tanh by straight lines between the entries of a table.
#pragma once

#include <cstddef>
#include <vector>

#include "models/graph/ops/recurrent.hpp"
#include "sim/config/chip.hpp"

namespace phasecore::numerics {

class GateUnit {
 public:
  GateUnit() = default;
  GateUnit(graph::Recurrent::Kind kind, const config::Gates& gates);

  /// One step of so many cells, each of which takes `columns()` sums, side by side. `held` is what a cell
  /// keeps: an LSTM's c, a GRU's state; zeros before the first step. `state`: what it delivers.
  void step(std::size_t cells, const float* sums, float* held, float* state) const;

  float tanh(float x) const;
  float sigmoid(float x) const;

 private:
  void step_lstm(const float* sums, float& held, float& state) const;
  void step_gru(const float* sums, float& held, float& state) const;

  graph::Recurrent::Kind kind_ = graph::Recurrent::Kind::Lstm;
  std::size_t columns_ = 0;
  float range_ = 0, per_bin_ = 0;
  std::vector<float> entries_;
};

}  // namespace phasecore::numerics
