// Weights that a quantiser stored as integers: DequantizeLinear of a constant.
#include "models/onnx/node_reader.hpp"
#include "models/onnx/shapes.hpp"
#include "models/onnx/simplification.hpp"

namespace phasecore::onnx {
namespace {

/// Scales or zero points along one axis, or one for all values.
std::optional<Array> fitted(NodeReader& reader, const Array& given, const graph::Shape& to, int axis) {
  graph::Shape along(to.size(), 1);
  if (given.size() != 1) {
    if (given.shape.size() != 1 || given.shape[0] != to[axis]) {
      reader.problem("a scale or zero point of shape " + graph::to_string(given.shape) + " does not fit " +
                     graph::to_string(to) + " along axis " + std::to_string(axis));
      return std::nullopt;
    }
    along[axis] = given.shape[0];
  }
  return broadcast_to({along, given.values}, to);
}

void read(NodeReader& reader) {
  reader.expect_inputs(2, 3);
  const int given = reader.attributes().integer("axis", 1);
  if (reader.attributes().integer("block_size", 0) != 0) reader.problem("block_size must be 0");
  reader.attributes().ignore("output_dtype");  // all of them are read as float
  const auto codes = reader.array(0, "input");
  const auto scale = reader.array(1, "scale");
  const auto zero =
      reader.has_input(2) ? reader.array(2, "zero point") : std::optional(Array{{}, Integers{0}});
  if (!codes || !scale || !zero || !reader.ok() || !reader.may_compute(codes->shape)) return reader.give_up();
  const int rank = static_cast<int>(codes->shape.size());
  const bool for_all = scale->size() == 1 && zero->size() == 1;
  const auto axis = for_all ? std::optional(0) : axis_of(given, rank);
  if (!axis)
    reader.problem("axis " + std::to_string(given) + " does not fit " + graph::to_string(codes->shape));
  const auto scales = axis ? fitted(reader, *scale, codes->shape, *axis) : std::nullopt;
  const auto zeros = axis ? fitted(reader, *zero, codes->shape, *axis) : std::nullopt;
  if (!scales || !zeros) return reader.give_up();
  const Floats factor = floats_of(*scales), shift = floats_of(*zeros);
  Floats values = floats_of(*codes);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = (values[i] - shift[i]) * factor[i];
  reader.define({codes->shape, std::move(values)});
}

}  // namespace

void register_quantised(Evaluators& evaluators) {
  evaluators.evaluates("DequantizeLinear", read);
}

}  // namespace phasecore::onnx
