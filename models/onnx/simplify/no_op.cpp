// Nodes that leave an activation as it is: casts between kinds of floats, and operators whose numbers make
// them do nothing.
#include <limits>

#include "models/onnx/node_reader.hpp"
#include "models/onnx/shapes.hpp"
#include "models/onnx/simplification.hpp"

namespace phasecore::onnx {
namespace {

bool cast(NodeReader& reader) {
  constexpr int kFloat = 1, kFloat16 = 10, kDouble = 11, kBfloat16 = 16;
  const int to = reader.attributes().integer("to", 0);
  if (to != kFloat && to != kFloat16 && to != kDouble && to != kBfloat16) return false;
  for (const char* name : {"saturate", "round_mode"}) reader.attributes().ignore(name);
  return reader.alias(true), true;
}

/// To the shape that it has.
bool expand(NodeReader& reader) {
  const graph::Shape from = reader.plain_shape(0);
  if (from.empty() || !reader.is_constant(1)) return false;
  const auto target = reader.ints(1, "shape");
  if (!target) return reader.give_up(), true;
  graph::Shape to;
  for (const auto extent : *target) {
    if (extent < 1 || extent > std::numeric_limits<int>::max()) return false;
    to.push_back(static_cast<int>(extent));
  }
  return broadcast(from, to) == from && (reader.alias(), true);
}

/// All of it.
bool slice(NodeReader& reader) {
  const graph::Shape from = reader.plain_shape(0);
  if (from.empty()) return false;
  for (int i = 1; i < reader.node().input_size(); ++i)
    if (reader.has_input(i) && !reader.is_constant(i)) return false;
  const auto starts = reader.list(1, "starts"), ends = reader.list(2, "ends");
  const auto axes = reader.list(3, "axes"), steps = reader.list(4, "steps");
  if (!starts || !ends || starts->size() != ends->size() || (steps && steps->size() != starts->size()))
    return false;
  if (axes ? axes->size() != starts->size() : starts->size() > from.size()) return false;
  for (std::size_t i = 0; i < starts->size(); ++i) {
    const auto axis =
        axis_of(axes ? (*axes)[i] : static_cast<std::int64_t>(i), static_cast<int>(from.size()));
    if (!axis || (steps && (*steps)[i] != 1) || (*ends)[i] < from[*axis]) return false;
    if ((*starts)[i] != 0 && (*starts)[i] > -from[*axis]) return false;
  }
  return reader.alias(), true;
}

bool concat(NodeReader& reader) {
  if (reader.node().input_size() != 1) return false;
  reader.attributes().ignore("axis");
  return reader.alias(), true;
}

}  // namespace

void register_no_op(Rules& rules) {
  rules.applies_only("Cast", cast, "of activations to a kind of float");
  rules.applies_only("Expand", expand, "of activations to the shape they have");
  rules.applies_only("Slice", slice, "where it takes all of an activation");
  rules.applies_only("Concat", concat, "of constants or of one activation");
}

}  // namespace phasecore::onnx
