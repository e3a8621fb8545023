// Functions of two values, whose shapes broadcast. (Add has a file of its own.)
#pragma once

#include <algorithm>
#include <cmath>

#include "models/graph/strides.hpp"

namespace phasecore::graph {

/// Base of them.
class Arithmetic : public Operator {
 public:
  int arity() const override { return 2; }
  Shape infer_shape(const std::vector<Source>& sources, Findings& findings) const override;
};

/// Base of T, which has `kName` and `value(a, b)`.
template <class T>
class ArithmeticOf : public OperatorOf<T, Arithmetic> {
 public:
  std::string name() const override { return T::kName; }
  void run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
           Scratch& /*scratch*/) const override {
    const float *a = inputs[0].values, *b = inputs[1].values;
    for_each_offset<2>(
        shape, {broadcast_strides(*inputs[0].shape, shape), broadcast_strides(*inputs[1].shape, shape)},
        {0, 0}, [&](const auto& at) { *out++ = T::value(a[at[0]], b[at[1]]); });
  }
};

struct Sub final : ArithmeticOf<Sub> {
  static constexpr char kName[] = "Sub";
  static float value(float a, float b) { return a - b; }
};
struct Mul final : ArithmeticOf<Mul> {
  static constexpr char kName[] = "Mul";
  static float value(float a, float b) { return a * b; }
};
struct Div final : ArithmeticOf<Div> {
  static constexpr char kName[] = "Div";
  static float value(float a, float b) { return a / b; }
};
struct Pow final : ArithmeticOf<Pow> {
  static constexpr char kName[] = "Pow";
  static float value(float a, float b) { return std::pow(a, b); }
};
struct Max final : ArithmeticOf<Max> {
  static constexpr char kName[] = "Max";
  static float value(float a, float b) { return std::max(a, b); }
};
struct Min final : ArithmeticOf<Min> {
  static constexpr char kName[] = "Min";
  static float value(float a, float b) { return std::min(a, b); }
};

}  // namespace phasecore::graph
