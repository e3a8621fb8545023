// Attention as exporters write it up to opset 22: softmax(factor * queries * keys^T) * values.
#include "models/graph/ops/attention.hpp"

#include <optional>

#include "models/graph/ops/matmul.hpp"
#include "models/graph/ops/softmax.hpp"
#include "models/graph/ops/transpose.hpp"
#include "models/onnx/lines.hpp"
#include "models/onnx/node_reader.hpp"
#include "models/onnx/simplification.hpp"

namespace phasecore::onnx {
namespace {

/// The scores of a softmax along keys.
struct Scores {
  int queries = -1, turned_keys = -1;  ///< layers {heads, M, size} and {heads, size, N}
  double scale = 1;
};

std::optional<Scores> scores_of(const NodeReader& reader, int layer) {
  const auto* softmax = reader.layer(layer).as<graph::Softmax>();
  if (softmax == nullptr || softmax->axis != 2 || reader.shape_of(layer).size() != 3) return std::nullopt;
  const Line scaled = lines_to(reader, reader.layer(layer).inputs[0]);
  const graph::Layer& product = reader.layer(scaled.layer);
  if (scaled.shift != 0 || !product.is<graph::MatMul>()) return std::nullopt;
  Scores scores{product.inputs[0], product.inputs[1], scaled.factor};
  for (int* side : {&scores.queries, &scores.turned_keys}) {
    const Line line = lines_to(reader, *side);
    if (line.shift != 0 || reader.shape_of(line.layer) != reader.shape_of(*side)) continue;
    *side = line.layer;
    scores.scale *= line.factor;
  }
  return scores;
}

/// Do the heads of three stacks of matrices stand one beside the other?
bool has_heads(const graph::Shape& queries, const graph::Shape& turned_keys, const graph::Shape& values) {
  return queries.size() == 3 && turned_keys.size() == 3 && values.size() == 3 && queries[0] == values[0] &&
         turned_keys[0] == values[0] && queries[2] == turned_keys[1] && turned_keys[2] == values[1];
}

bool is_plain(const NodeReader& reader, int input) {
  return reader.is_activation(input) && reader.view(input) == nullptr;
}

bool apply(NodeReader& reader) {
  if (reader.node().input_size() != 2 || !is_plain(reader, 0) || !is_plain(reader, 1)) return false;
  const Operand shares = reader.operand(0), values = reader.operand(1);
  if (!reader.ok() || !shares.known || !values.known || shares.batch != values.batch) return false;
  const auto scores = scores_of(reader, shares.layer);
  if (!scores || !has_heads(reader.shape_of(scores->queries), reader.shape_of(scores->turned_keys),
                            reader.shape_of(values.layer)))
    return false;
  graph::Attention op;
  op.scale = static_cast<float>(scores->scale);
  const int keys = reader.emit_helper(graph::Transpose({0, 2, 1}), {scores->turned_keys}, ".keys");
  reader.emit(std::move(op), {scores->queries, keys, values.layer}, values.batch);
  return true;
}

}  // namespace

void register_attention(Rules& rules) {
  rules.applies("MatMul", apply);
}

}  // namespace phasecore::onnx
