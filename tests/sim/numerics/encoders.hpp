// Encoders with attention, for tests of the chip.
#pragma once

#include <string>

#include "models/graph/ops/attention.hpp"
#include "tests/sim/numerics/toy.hpp"

namespace phasecore::test {

/// Normally distributed with a deviation of 0.3.
graph::Tensor random_tensor(graph::Shape shape, unsigned seed, float around);

struct EncoderSize {
  int tokens = 6, values = 5;  ///< of the sequence that comes in
  int width = 8, heads = 2;
};

/// Writes an encoder layer by layer. Tokens are {tokens, width}.
struct Encoder {
  Encoder(graph::Shape input, const EncoderSize& encoder) : b("encoder", std::move(input)), size(encoder) {}

  int norm(const std::string& name, int from);
  int attention(int from, graph::Attention op = {});
  /// A class token before the others, and a constant for every place.
  int embed(int from);
  int sum(const std::string& name, int a, int other);
  int perceive(int from);
  int class_token(int from);

  NetworkBuilder b;
  EncoderSize size;

 private:
  int heads(const std::string& name, int from);
  int part(const std::string& name, int from, int which);
};

/// Normalised behind its sums, with a class token.
graph::Network norms_behind(const EncoderSize& size = {});
/// Patches of an image of 3 x `side` x `side`, normalised first, a mean of all tokens.
graph::Network norms_first(const EncoderSize& size = {}, int side = 6);

}  // namespace phasecore::test
