// Functions of single values that have no limits to be fused (those are Relu and Clip).
#pragma once

#include <algorithm>
#include <cmath>

#include "models/graph/operator.hpp"

namespace phasecore::graph {

/// Base of functions of single values, which may differ from channel to channel. A chip's digital unit
/// computes them with what came before, as it does with clamps.
class Function : public Operator {
 public:
  /// Made of a few straight lines, or of one product of two: no table and no series is needed.
  virtual bool piecewise() const { return false; }

  Shape infer_shape(const std::vector<Source>& sources, Findings& findings) const override;
};

/// Base of those that are the same for all values: whoever computes one by a table of its values needs no
/// more than this.
class Pointwise : public Function {
 public:
  virtual float of(float x) const = 0;
};

/// Base of T, which has `float of(float) const`: the loop calls it without asking which one it is.
template <class T>
class PointwiseOf : public OperatorOf<T, Pointwise> {
 public:
  void run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
           Scratch& /*scratch*/) const override {
    const T& function = static_cast<const T&>(*this);
    const float* x = inputs[0].values;
    const long long count = volume(shape);
    for (long long i = 0; i < count; ++i) out[i] = function.T::of(x[i]);
  }
};

/// Base of those without parameters: `kName` is the ONNX name, `value(x)` the function.
template <class T, bool kPiecewise = false>
class PlainFunction : public PointwiseOf<T> {
 public:
  std::string name() const override { return T::kName; }
  float of(float x) const override { return T::value(x); }
  bool piecewise() const override { return kPiecewise; }
};

inline float sigmoid(float x) {
  return 1 / (1 + std::exp(-x));
}
inline float softplus(float x) {
  return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
}

struct Sigmoid final : PlainFunction<Sigmoid> {
  static constexpr char kName[] = "Sigmoid";
  static float value(float x) { return sigmoid(x); }
};
struct Tanh final : PlainFunction<Tanh> {
  static constexpr char kName[] = "Tanh";
  static float value(float x) { return std::tanh(x); }
};
struct Erf final : PlainFunction<Erf> {
  static constexpr char kName[] = "Erf";
  static float value(float x) { return std::erf(x); }
};
struct HardSwish final : PlainFunction<HardSwish, true> {
  static constexpr char kName[] = "HardSwish";
  static float value(float x) { return x * std::max(0.0f, std::min(1.0f, x / 6 + 0.5f)); }
};
struct Softplus final : PlainFunction<Softplus> {
  static constexpr char kName[] = "Softplus";
  static float value(float x) { return softplus(x); }
};
struct Softsign final : PlainFunction<Softsign> {
  static constexpr char kName[] = "Softsign";
  static float value(float x) { return x / (1 + std::fabs(x)); }
};
struct Mish final : PlainFunction<Mish> {
  static constexpr char kName[] = "Mish";
  static float value(float x) { return x * std::tanh(softplus(x)); }
};
struct Abs final : PlainFunction<Abs, true> {
  static constexpr char kName[] = "Abs";
  static float value(float x) { return std::fabs(x); }
};
struct Neg final : PlainFunction<Neg, true> {
  static constexpr char kName[] = "Neg";
  static float value(float x) { return -x; }
};
struct Exp final : PlainFunction<Exp> {
  static constexpr char kName[] = "Exp";
  static float value(float x) { return std::exp(x); }
};
struct Log final : PlainFunction<Log> {
  static constexpr char kName[] = "Log";
  static float value(float x) { return std::log(x); }
};
struct Sqrt final : PlainFunction<Sqrt> {
  static constexpr char kName[] = "Sqrt";
  static float value(float x) { return std::sqrt(x); }
};
struct Reciprocal final : PlainFunction<Reciprocal> {
  static constexpr char kName[] = "Reciprocal";
  static float value(float x) { return 1 / x; }
};
struct Sin final : PlainFunction<Sin> {
  static constexpr char kName[] = "Sin";
  static float value(float x) { return std::sin(x); }
};
struct Cos final : PlainFunction<Cos> {
  static constexpr char kName[] = "Cos";
  static float value(float x) { return std::cos(x); }
};
struct Floor final : PlainFunction<Floor, true> {
  static constexpr char kName[] = "Floor";
  static float value(float x) { return std::floor(x); }
};
struct Ceil final : PlainFunction<Ceil, true> {
  static constexpr char kName[] = "Ceil";
  static float value(float x) { return std::ceil(x); }
};
/// Halves go to the even neighbour.
struct Round final : PlainFunction<Round, true> {
  static constexpr char kName[] = "Round";
  static float value(float x) { return std::nearbyint(x); }
};
struct Sign final : PlainFunction<Sign, true> {
  static constexpr char kName[] = "Sign";
  static float value(float x) { return static_cast<float>((x > 0) - (x < 0)); }
};

struct LeakyRelu final : PointwiseOf<LeakyRelu> {
  float alpha = 0.01f;

  std::string name() const override { return "LeakyRelu"; }
  bool piecewise() const override { return true; }
  float of(float x) const override { return x < 0 ? alpha * x : x; }
};
struct Elu final : PointwiseOf<Elu> {
  float alpha = 1;

  std::string name() const override { return "Elu"; }
  float of(float x) const override { return x < 0 ? alpha * std::expm1(x) : x; }
};
struct Celu final : PointwiseOf<Celu> {
  float alpha = 1;

  std::string name() const override { return "Celu"; }
  float of(float x) const override { return x < 0 ? alpha * std::expm1(x / alpha) : x; }
};
struct Selu final : PointwiseOf<Selu> {
  float alpha = 1.67326319217681884765625f, gamma = 1.05070102214813232421875f;

  std::string name() const override { return "Selu"; }
  float of(float x) const override { return gamma * (x <= 0 ? alpha * std::expm1(x) : x); }
};
/// x * sigmoid(alpha x); with alpha = 1 also called Silu.
struct Swish final : PointwiseOf<Swish> {
  float alpha = 1;

  std::string name() const override { return "Swish"; }
  float of(float x) const override { return x * sigmoid(alpha * x); }
};
struct ThresholdedRelu final : PointwiseOf<ThresholdedRelu> {
  float alpha = 1;

  std::string name() const override { return "ThresholdedRelu"; }
  bool piecewise() const override { return true; }
  float of(float x) const override { return x > alpha ? x : 0; }
};
struct HardSigmoid final : PointwiseOf<HardSigmoid> {
  float alpha = 0.2f, beta = 0.5f;

  std::string name() const override { return "HardSigmoid"; }
  bool piecewise() const override { return true; }
  float of(float x) const override { return std::max(0.0f, std::min(1.0f, alpha * x + beta)); }
};
struct Gelu final : PointwiseOf<Gelu> {
  bool by_tanh = false;  ///< the approximation, else by erf

  std::string name() const override { return "Gelu"; }
  float of(float x) const override {
    if (by_tanh) return 0.5f * x * (1 + std::tanh(0.7978845608f * (x + 0.044715f * x * x * x)));
    return 0.5f * x * (1 + std::erf(x * 0.70710678118f));
  }
};

}  // namespace phasecore::graph
