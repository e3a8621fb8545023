#include <cmath>
#include <utility>

#include "models/graph/ops/add.hpp"
#include "models/graph/ops/attention.hpp"
#include "models/graph/ops/constant.hpp"
#include "models/graph/ops/normalization.hpp"
#include "models/graph/ops/pad.hpp"
#include "models/graph/ops/pointwise.hpp"
#include "models/graph/ops/reshape.hpp"
#include "models/graph/ops/slice.hpp"
#include "models/graph/ops/transpose.hpp"
#include "models/zoo/definitions/builder.hpp"
#include "models/zoo/definitions/networks.hpp"

namespace phasecore::zoo {
namespace {

/// Of an encoder.
struct Encoder {
  int width = 0, heads = 0, hidden = 0, blocks = 0;
  bool norm_first = true;       ///< in front of attention and perceptron; else behind their sums
  bool projection_bias = true;  ///< of queries, keys and values
};

graph::Tensor zeros(graph::Shape shape) {
  const auto size = static_cast<std::size_t>(graph::volume(shape));
  return {std::move(shape), std::vector<float>(size, 0.0f)};
}

/// Of each token.
int norm(Builder& b, const std::string& name, int from) {
  const int width = b.shape(from).back();
  graph::LayerNorm norm;
  norm.axis = 1;
  norm.scale = zeros({width});
  norm.offset = zeros({width});
  return b.append(name, std::move(norm), {from});
}

/// Columns [begin, begin + width) of a sequence.
int columns(Builder& b, const std::string& name, int from, int begin, int width) {
  graph::Slice slice = graph::whole_of(b.sequence(from));
  slice.begins[1] = begin;
  slice.counts[1] = width;
  return b.append(name, std::move(slice), {from});
}

/// {tokens, heads * size} -> {heads, tokens, size}.
int split_heads(Builder& b, const std::string& name, int from, int heads) {
  const graph::Shape in = b.sequence(from);
  const int apart = b.append(name + ".heads", graph::Reshape({in[0], heads, in[1] / heads}), {from});
  return b.append(name, graph::Transpose({1, 0, 2}), {apart});
}

/// Queries, keys and values of one matrix; attention; a projection.
int attend(Builder& b, const std::string& name, int from, const Encoder& encoder) {
  const int tokens = b.sequence(from)[0], width = encoder.width;
  const int all = b.gemm(name + ".qkv", from, 3 * width, encoder.projection_bias);
  std::vector<int> inputs;
  int begin = 0;
  for (const char* part : {".queries", ".keys", ".values"}) {
    const int columns_of = columns(b, name + part + ".columns", all, begin, width);
    inputs.push_back(split_heads(b, name + part, columns_of, encoder.heads));
    begin += width;
  }
  graph::Attention attention;
  attention.scale = 1 / std::sqrt(static_cast<float>(width / encoder.heads));
  const int heads = b.append(name + ".weighed", std::move(attention), std::move(inputs));
  const int by_token = b.append(name + ".by_token", graph::Transpose({1, 0, 2}), {heads});
  return b.gemm(name + ".projection", b.append(name + ".joined", graph::Reshape({tokens, width}), {by_token}),
                width);
}

int perceive(Builder& b, const std::string& name, int from, const Encoder& encoder) {
  const int hidden = b.gemm(name + ".hidden", from, encoder.hidden);
  return b.gemm(name + ".out", b.append(name + ".gelu", graph::Gelu(), {hidden}), encoder.width);
}

int encode(Builder& b, int from, const Encoder& encoder) {
  using Part = int (*)(Builder&, const std::string&, int, const Encoder&);
  int x = from;
  for (int i = 1; i <= encoder.blocks; ++i) {
    const std::string block = "block" + std::to_string(i);
    const auto residual = [&](const std::string& name, const std::string& norm_name, Part part) {
      const int in = encoder.norm_first ? norm(b, norm_name, x) : x;
      const int sum = b.append(name + ".sum", graph::Add(), {x, part(b, name, in, encoder)});
      x = encoder.norm_first ? sum : norm(b, norm_name, sum);
    };
    residual(block + ".attention", block + ".norm1", attend);
    residual(block + ".mlp", block + ".norm2", perceive);
  }
  return x;
}

/// A class token in front of the sequence and an embedding of places, as one constant: what stands at the
/// class token's place is their sum.
int with_class_token(Builder& b, int from) {
  graph::Pad pad;
  pad.before = {1, 0};
  pad.after = {0, 0};
  const int padded = b.append("class_token", std::move(pad), {from});
  const int places = b.append("places", graph::Constant(zeros(b.sequence(padded))), {});
  return b.append("embedding", graph::Add(), {padded, places});
}

int class_token(Builder& b, int from) {
  graph::Slice slice = graph::whole_of(b.sequence(from));
  slice.counts[0] = 1;
  const int token = b.append("token", std::move(slice), {from});
  return b.append("token.values", graph::Reshape({b.sequence(token)[1]}), {token});
}

/// An encoder of patches of images, each a token.
graph::Network vision_transformer(Builder& b, const Encoder& encoder, int patch) {
  const int patches = b.patches("patches", b.input(), encoder.width, patch);
  const graph::Shape image = b.shape(patches);
  const int line = b.append("patches.line", graph::Reshape({image[0], image[1] * image[2]}), {patches});
  const int tokens = b.append("tokens", graph::Transpose({1, 0}), {line});
  const int encoded = encode(b, with_class_token(b, tokens), encoder);
  b.gemm("classifier", class_token(b, norm(b, "norm", encoded)), b.classes());
  return b.build();
}

graph::Network keyword_transformer(const std::string& name, const Task& task, int width, int heads) {
  Builder b(name, {{98, 40}, 12}, task, Padding::Symmetric);
  Encoder encoder;
  encoder.width = width;
  encoder.heads = heads;
  encoder.hidden = 4 * width;
  encoder.blocks = 12;
  encoder.norm_first = false;
  encoder.projection_bias = false;
  const int tokens = b.gemm("tokens", b.input(), width);
  b.gemm("classifier", class_token(b, encode(b, with_class_token(b, tokens), encoder)), b.classes());
  return b.build();
}

}  // namespace

graph::Network kwt_1(const Task& task) {
  return keyword_transformer("kwt-1", task, 64, 1);
}

graph::Network kwt_2(const Task& task) {
  return keyword_transformer("kwt-2", task, 128, 2);
}

graph::Network vit_tiny(const Task& task) {
  Builder b("vit-tiny", {{3, 224, 224}, 1000}, task, Padding::Symmetric);
  return vision_transformer(b, {192, 3, 768, 12}, 16);
}

graph::Network vit_lite_6_4(const Task& task) {
  Builder b("vit-lite-6-4", {{3, 32, 32}, 10}, task, Padding::Symmetric);
  return vision_transformer(b, {256, 4, 512, 6}, 4);
}

}  // namespace phasecore::zoo
