// Attention (opset 23). Where ONNX's text, its reference and ONNX Runtime have differed (the softcap before
// or behind the mask, modes 1 and 2 of qk_matmul_output_mode), this is what the last two compute today.
#include "models/graph/ops/attention.hpp"

#include <cmath>
#include <limits>

#include "models/graph/ops/concat.hpp"
#include "models/graph/ops/reshape.hpp"
#include "models/onnx/heads.hpp"
#include "models/onnx/node_writer.hpp"
#include "models/onnx/operators.hpp"
#include "models/onnx/tensors.hpp"

namespace phasecore::onnx {
namespace {

using graph::Attention;
using Result = Attention::Result;

constexpr int kMask = 3, kPastKeys = 4, kPastValues = 5, kLengths = 6;
constexpr int kPresentKeys = 1, kPresentValues = 2, kScores = 3;

void read_attributes(NodeReader& reader, Attention& op) {
  Attributes& attributes = reader.attributes();
  op.causal = attributes.integer("is_causal", 0) != 0;
  op.cap = attributes.real("softcap", 0);
  const int mode = attributes.integer("qk_matmul_output_mode", 0);
  const Result modes[] = {Result::Products, Result::Capped, Result::Masked, Result::Shares};
  if (mode < 0 || mode > 3)
    reader.problem("qk_matmul_output_mode " + std::to_string(mode) + " must be 0 to 3");
  else
    op.result = modes[mode];
  // Sums of exponentials are in double precision whatever is asked for.
  const int precision = attributes.integer("softmax_precision", ::onnx::TensorProto::FLOAT);
  ::onnx::TensorProto of_type;
  of_type.set_data_type(precision);
  if (!holds_floats(of_type))
    reader.problem("softmax_precision " + std::to_string(precision) + " is no type of numbers");
}

struct Sides {
  Operand queries, keys, values;
  graph::Shape scores() const { return {queries.shape[0], queries.shape[1], keys.shape[1]}; }
};

/// Keys or values behind those from before, if there are any.
void put_behind(NodeReader& reader, int past, Operand& x, int& steps) {
  const Operand before = reader.with_batch_at(reader.operand(past), 0);
  if (!reader.ok() || !before.known) return;
  const graph::Shape &a = before.shape, &b = x.shape;
  if (a.size() != 3 || a[0] != b[0] || a[2] != b[2])
    return reader.problem("input '" + reader.node().input(past) + "' of shape " + graph::to_string(a) +
                          " does not fit those of this step (" + graph::to_string(b) + ")");
  steps = a[1];
  x.layer = reader.emit_helper(graph::Concat(1, 2), {before.layer, x.layer}, ".present");
  x.shape[1] += steps;
}

void check_keys(NodeReader& reader, const graph::Shape& mask, int keys) {
  if (!mask.empty() && mask.back() != keys)
    reader.problem("its mask is of " + std::to_string(mask.back()) + " keys; must be of all " +
                   std::to_string(keys));
}

void read_constant_mask(NodeReader& reader, const Sides& sides, Attention& op) {
  const auto given = reader.array(kMask, "mask");
  if (!given) return;
  const int type = reader.constant_type(kMask);
  if (!given->is_float() && type != 0 && type != ::onnx::TensorProto::BOOL)
    return reader.problem("its mask is of whole numbers; must be of numbers or truth values");
  op.mask = {given->shape, floats_of(*given)};
  graph::Shape& shape = op.mask.shape;
  if (shape.size() == 4 && shape[0] == 1) shape.erase(shape.begin());
  if (shape.empty() || shape.size() > 3)
    return reader.problem("its mask of shape " + graph::to_string(shape) +
                          " must have 2 to 4 dimensions, the same for every image");
  check_keys(reader, shape, sides.keys.shape[1]);
  if (given->is_float()) return;
  for (float& m : op.mask.values) m = m != 0 ? 0 : -std::numeric_limits<float>::infinity();
}

/// Its layer is appended to `inputs`.
void read_mask(NodeReader& reader, const Sides& sides, Attention& op, std::vector<int>& inputs) {
  if (!reader.has_input(kMask)) return;
  if (reader.is_constant(kMask)) return read_constant_mask(reader, sides, op);
  Operand scores = sides.queries;
  scores.shape = sides.scores();
  std::vector<Operand> both{scores, reader.any_operand(kMask)};
  Operand& mask = both[1];
  if (mask.integral && !reader.is_of_truth_values(mask.layer))
    reader.problem("its mask is of whole numbers; must be of numbers or truth values");
  if (reader.ok() && mask.rank() > 4)
    reader.problem("its mask has " + std::to_string(mask.rank()) + " dimensions; must have 2 to 4");
  if (!reader.ok() || !mask.known) return;
  reader.align(both);
  if (!reader.ok()) return;
  check_keys(reader, mask.shape, sides.keys.shape[1]);
  graph::Shape shape = mask.shape;
  while (shape.size() < 3) shape.insert(shape.begin(), 1);
  mask = reader.reshaped(mask, std::move(shape));
  op.reads_mask = true;
  op.mask_tells_seen = mask.integral;
  inputs.push_back(mask.layer);
}

void read(NodeReader& reader) {
  reader.expect_inputs(3, 7);
  if (reader.has_input(kLengths))
    reader.problem("its input 'nonpad_kv_seqlen' is not supported; a mask can say the same");
  if (reader.has_input(kPastKeys) != reader.has_input(kPastValues))
    reader.problem("must have both past_key and past_value, or none");
  if (!reader.ok()) return reader.give_up();
  const Heads queries = heads_of(reader, 0, "q_num_heads");
  Sides sides{queries.x, heads_of(reader, 1, "kv_num_heads").x, heads_of(reader, 2, "kv_num_heads").x};
  Attention op;
  read_attributes(reader, op);
  if (!reader.ok() || !sides.queries.known || !sides.keys.known || !sides.values.known)
    return reader.give_up();
  op.scale = reader.attributes().real("scale", 1 / std::sqrt(static_cast<float>(sides.queries.shape[2])));
  if (reader.has_input(kPastKeys)) {
    int of_values = 0;
    put_behind(reader, kPastKeys, sides.keys, op.past);
    put_behind(reader, kPastValues, sides.values, of_values);
  }
  std::vector<int> inputs{sides.queries.layer, sides.keys.layer, sides.values.layer};
  if (reader.ok()) read_mask(reader, sides, op, inputs);
  if (!reader.ok()) return reader.give_up();
  if (reader.is_read(kPresentKeys))
    reader.emit_output(kPresentKeys, graph::Reshape(sides.keys.shape), {sides.keys.layer}, {});
  if (reader.is_read(kPresentValues))
    reader.emit_output(kPresentValues, graph::Reshape(sides.values.shape), {sides.values.layer}, {});
  if (reader.is_read(kScores)) reader.emit_output(kScores, op, inputs, {});
  if (!reader.is_read(0)) return;
  op.result = Result::Values;
  if (!queries.joined) return reader.emit_output(0, std::move(op), inputs, {});
  const int layer = reader.emit_helper(std::move(op), inputs, ".attention");
  emit_joined_heads(reader, layer, {sides.queries.shape[0], sides.queries.shape[1], sides.values.shape[2]});
}

void write(const Attention& op, NodeWriter& writer) {
  if (op.result != Result::Values) writer.refuse("delivers its scores; cannot be written to ONNX");
  if (op.past > 0) writer.refuse("has keys from before; cannot be written to ONNX");
  if (op.mask_tells_seen) writer.refuse("has a mask of truth values; cannot be written to ONNX");
  writer.require_opset(23);
  writer.real("scale", op.scale);
  if (op.cap > 0) writer.real("softcap", op.cap);
  if (op.causal) writer.integer("is_causal", 1);
  if (!op.mask.empty()) writer.input(".mask", op.mask);
}

}  // namespace

void register_attention(Registry& registry) {
  registry.reads_several("Attention", read);
  registry.writes<Attention>(write);
}

}  // namespace phasecore::onnx
