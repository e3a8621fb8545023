#include "tests/sim/numerics/encoders.hpp"

#include <random>
#include <utility>
#include <vector>

#include "models/graph/ops/constant.hpp"
#include "models/graph/ops/normalization.hpp"
#include "models/graph/ops/pad.hpp"
#include "models/graph/ops/pointwise.hpp"
#include "models/graph/ops/reduce.hpp"
#include "models/graph/ops/slice.hpp"
#include "models/graph/ops/transpose.hpp"

namespace phasecore::test {

graph::Tensor random_tensor(graph::Shape shape, unsigned seed, float around) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal(around, 0.3f);
  graph::Tensor tensor{shape, std::vector<float>(static_cast<std::size_t>(graph::volume(shape)))};
  for (float& value : tensor.values) value = normal(generator);
  return tensor;
}

int Encoder::norm(const std::string& name, int from) {
  graph::LayerNorm op;
  op.axis = 1;
  op.scale = random_tensor({size.width}, 1, 1);
  op.offset = random_tensor({size.width}, 2, 0);
  return b.put(name, std::move(op), {from});
}

int Encoder::heads(const std::string& name, int from) {
  const graph::Shape in = b.shape(from);
  const int apart = b.put(name + ".apart", graph::Reshape({in[0], size.heads, in[1] / size.heads}), {from});
  return b.put(name, graph::Transpose({1, 0, 2}), {apart});
}

int Encoder::part(const std::string& name, int from, int which) {
  graph::Slice slice = graph::whole_of(b.shape(from));
  slice.begins[1] = which * size.width;
  slice.counts[1] = size.width;
  return heads(name, b.put(name + ".part", std::move(slice), {from}));
}

int Encoder::attention(int from, graph::Attention op) {
  const int tokens = b.shape(from)[0], all = b.gemm("qkv", from, 3 * size.width);
  op.scale = 0.7f;
  const int weighed =
      b.put("attention", std::move(op), {part("q", all, 0), part("k", all, 1), part("v", all, 2)});
  const int by_token = b.put("by_token", graph::Transpose({1, 0, 2}), {weighed});
  return b.gemm("projection", b.put("joined", graph::Reshape({tokens, size.width}), {by_token}), size.width);
}

int Encoder::embed(int from) {
  graph::Pad pad;
  pad.before = {1, 0};
  pad.after = {0, 0};
  const int padded = b.put("pad", std::move(pad), {from});
  const int places = b.put("places", graph::Constant(random_tensor(b.shape(padded), 3, 0)), {});
  return b.op<graph::Add>("embed", {padded, places});
}

int Encoder::sum(const std::string& name, int a, int other) {
  return b.op<graph::Add>(name, {a, other});
}

int Encoder::perceive(int from) {
  return b.gemm("out", b.op<graph::Gelu>("gelu", {b.gemm("hidden", from, 3 * size.width)}), size.width);
}

int Encoder::class_token(int from) {
  graph::Slice slice = graph::whole_of(b.shape(from));
  slice.counts[0] = 1;
  return b.op<graph::Flatten>("token.values", {b.put("token", std::move(slice), {from})});
}

graph::Network norms_behind(const EncoderSize& size) {
  Encoder e({size.tokens, size.values}, size);
  const int x = e.embed(e.b.gemm("tokens", 0, size.width));
  const int y = e.norm("norm1", e.sum("sum1", x, e.attention(x)));
  const int z = e.norm("norm2", e.sum("sum2", y, e.perceive(y)));
  return e.b.build(e.b.gemm("classifier", e.class_token(z), 10));
}

graph::Network norms_first(const EncoderSize& size, int side) {
  Encoder e({3, side, side}, size);
  const int patches = e.b.conv("patches", 0, size.width, graph::square_window(2, 2));
  const int tokens = (side / 2) * (side / 2);
  const int line = e.b.put("line", graph::Reshape({size.width, tokens}), {patches});
  const int x = e.b.put("tokens", graph::Transpose({1, 0}), {line});
  const int y = e.sum("sum1", x, e.attention(e.norm("norm1", x)));
  const int z = e.sum("sum2", y, e.perceive(e.norm("norm2", y)));
  graph::Reduce mean;
  mean.axes = {0};
  mean.keep_dims = false;
  return e.b.build(e.b.gemm("classifier", e.b.put("mean", std::move(mean), {z}), 10));
}

}  // namespace phasecore::test
