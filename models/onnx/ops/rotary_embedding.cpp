#include "models/graph/ops/rotary_embedding.hpp"

#include "models/graph/ops/gather.hpp"
#include "models/onnx/heads.hpp"
#include "models/onnx/operators.hpp"

namespace phasecore::onnx {
namespace {

constexpr int kPositions = 3;

/// Constant positions that a table does not have are a problem; computed ones are taken as the nearest.
void check_positions(NodeReader& reader, int rows) {
  const auto positions = reader.ints(kPositions, "position_ids");
  if (!positions) return;
  for (const auto position : *positions)
    if (position < 0 || position >= rows)
      return reader.problem("position " + std::to_string(position) + " is none of " + std::to_string(rows));
}

/// Cosines or sines {steps, pairs}: as they are given, or the rows of a table that positions name.
Operand turns(NodeReader& reader, int i) {
  if (!reader.has_input(kPositions)) return reader.with_batch_at(reader.operand(i), 0);
  Operand table = reader.operand(i);
  const Operand positions = reader.with_batch_at(reader.any_operand(kPositions), 0);
  if (!reader.ok() || !table.known || !positions.known) {
    table.known = false;
    return table;
  }
  if (!positions.integral) reader.problem("its positions are no whole numbers");
  if (table.batch != kNoBatch || table.shape.size() != 2 || positions.shape.size() != 1)
    reader.problem("needs tables of 2 dimensions without a batch, and one position for each step");
  if (reader.ok() && reader.is_constant(kPositions)) check_positions(reader, table.shape[0]);
  if (!reader.ok()) return table;
  table.layer = reader.emit_helper(graph::Gather(0, false), {table.layer, positions.layer}, ".turns");
  table.shape[0] = positions.shape[0];
  table.batch = 0;
  return table;
}

void read(NodeReader& reader) {
  reader.expect_inputs(3, 4);
  const Heads heads = heads_of(reader, 0, "num_heads");
  const Operand& x = heads.x;
  const Operand cosines = turns(reader, 1), sines = turns(reader, 2);
  graph::RotaryEmbedding op;
  op.interleaved = reader.attributes().integer("interleaved", 0) != 0;
  const int values = reader.attributes().integer("rotary_embedding_dim", 0);
  if (!reader.ok() || !x.known || !cosines.known || !sines.known) return reader.give_up();
  const int turned = values == 0 ? x.shape[2] : values;
  if (cosines.shape.size() != 2 || 2LL * cosines.shape[1] != turned) {
    reader.problem("cosines of shape " + graph::to_string(cosines.shape) + " are not those of " +
                   std::to_string(turned) + " values");
    return reader.give_up();
  }
  const std::vector<int> inputs{x.layer, cosines.layer, sines.layer};
  if (!heads.joined) return reader.emit(std::move(op), inputs);
  emit_joined_heads(reader, reader.emit_helper(std::move(op), inputs, ".turned"), x.shape);
}

}  // namespace

void register_rotary_embedding(Registry& registry) {
  registry.reads("RotaryEmbedding", read);
}

}  // namespace phasecore::onnx
