// Scaled dot product attention: what every query takes of all values goes by how its key fits.
#pragma once

#include "models/graph/operator.hpp"

namespace phasecore::graph {

/// softmax(cap(scale * queries * keys^T) + mask) * values, head by head. Reads queries {heads, M, size}, keys
/// {key heads, N, size}, values {key heads, N, value size} and, if so, a mask {heads, M, N} or one that
/// broadcasts to it. Each head of keys and values serves as many neighbouring heads of queries. A query that
/// may see no key takes nothing: zeros.
class Attention final : public OperatorOf<Attention> {
 public:
  /// What is delivered: {heads, M, value size}, or one of the steps before that, {heads, M, N}: products of
  /// queries and keys with their scale, behind the cap, behind the mask, behind the softmax.
  enum class Result { Values, Products, Capped, Masked, Shares };

  /// Shapes of what it reads.
  struct Sizes {
    const Shape &queries, &values;
  };

  Result result = Result::Values;
  float scale = 1;
  float cap = 0;                 ///< cap * tanh(x / cap); 0: none
  bool causal = false;           ///< query i sees the keys up to past + i
  int past = 0;                  ///< keys from before the first query
  Tensor mask;                   ///< added, -infinity: not seen; may be empty
  bool reads_mask = false;       ///< the same from a layer
  bool mask_tells_seen = false;  ///< that layer's values: 0 is not seen, all others are

  /// Multiply-adds of its products with queries and values of these shapes.
  long long multiply_adds(const Sizes& of) const {
    const long long scores = static_cast<long long>(of.queries[0]) * of.queries[1] * of.values[1];
    return scores * (of.queries[2] + (result == Result::Values ? of.values[2] : 0));
  }

  std::string name() const override { return "Attention"; }
  int arity() const override { return 3 + reads_mask; }
  void check(Findings& findings) const override;
  Shape infer_shape(const std::vector<Source>& sources, Findings& findings) const override;
  void run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
           Scratch& scratch) const override;
};

}  // namespace phasecore::graph
