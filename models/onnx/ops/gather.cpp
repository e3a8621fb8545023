#include "models/graph/ops/gather.hpp"

#include <cmath>

#include "models/graph/ops/constant.hpp"
#include "models/graph/ops/reshape.hpp"
#include "models/graph/ops/slice.hpp"
#include "models/onnx/node_reader.hpp"
#include "models/onnx/node_writer.hpp"
#include "models/onnx/operators.hpp"

namespace phasecore::onnx {
namespace {

/// Constant indices that a dimension does not have are a problem; computed ones are taken as the nearest.
void check_indices(NodeReader& reader, int extent) {
  const auto indices = reader.ints(1, "indices");
  if (!indices) return;
  for (const auto index : *indices)
    if (index < -extent || index >= extent)
      return reader.problem("index " + std::to_string(index) + " is none of " + std::to_string(extent));
}

/// An image out of a batch of one is the image.
bool is_only_image(NodeReader& reader, const Operand& x, int axis, const Operand& indices) {
  return x.batch == axis && reader.batch() == 1 && indices.shape.empty() && indices.batch == kNoBatch;
}

/// One index that is known is a part, which chips can read.
void read_part(NodeReader& reader, const Operand& x, int axis, const Form& form) {
  const auto indices = reader.ints(1, "indices");
  if (!indices || indices->size() != 1) return reader.give_up();
  graph::Slice part = graph::whole_of(x.shape);
  part.begins[axis] = static_cast<int>(indices->front() + (indices->front() < 0 ? x.shape[axis] : 0));
  part.counts[axis] = 1;
  graph::Shape shape = x.shape;
  if (shape.size() > 1)
    shape.erase(shape.begin() + axis);
  else
    shape = {1};
  const int layer = reader.emit_helper(std::move(part), {x.layer}, ".part");
  reader.emit_output(0, graph::Reshape(std::move(shape)), {layer}, form);
}

void read(NodeReader& reader) {
  reader.expect_inputs(2, 2);
  const Operand x = reader.any_operand(0);
  const Operand indices = reader.any_operand(1);
  const int given = reader.attributes().integer("axis", 0);
  if (!reader.ok() || !x.known || !indices.known) return reader.give_up();
  const int full_axis = given + (given < 0 ? x.rank() : 0);
  if (is_only_image(reader, x, full_axis, indices))
    return reader.emit_output(0, graph::Reshape(reader.shape_of(x.layer)), {x.layer},
                              {kNoBatch, x.integral, x.shape});
  const int axis = reader.axis(x, given);
  if (!indices.integral) reader.problem("its indices are no whole numbers");
  if (reader.ok() && x.batch != kNoBatch && indices.batch != kNoBatch)
    reader.problem("takes other parts of each image of the batch; supported with constant data or indices");
  if (!reader.ok()) return reader.give_up();
  if (reader.is_constant(1)) check_indices(reader, x.shape[axis]);
  const bool one_index = indices.shape.empty();
  Form form{kNoBatch, x.integral, std::nullopt};
  const int more = indices.rank() - 1;
  if (indices.batch != kNoBatch) form.batch = full_axis + indices.batch;
  if (x.batch != kNoBatch) form.batch = x.batch < full_axis ? x.batch : x.batch + more;
  if (one_index && x.shape.size() == 1) form.shape = graph::Shape{};
  if (one_index && reader.is_constant(1) && !reader.is_constant(0) && reader.ok())
    return read_part(reader, x, axis, form);
  reader.emit_output(0, graph::Gather(axis, one_index), {x.layer, indices.layer}, form);
}

/// Constant data have no batch: that of the indices then comes first, as everywhere.
void write(const graph::Gather& gather, NodeWriter& writer) {
  const bool of_constant = writer.reads_constant(0);
  if (of_constant && gather.axis != 0)
    writer.refuse("takes parts of a constant along axis " + std::to_string(gather.axis) +
                  ", where the batch could not come first; cannot be written to ONNX");
  const int axis = gather.axis + (of_constant ? 0 : 1);
  writer.integer("axis", axis);
  if (gather.one_index && !writer.reads_number(1)) writer.squeeze_output(of_constant ? 1 : axis);
}

}  // namespace

void register_gather(Registry& registry) {
  registry.reads("Gather", read);
  registry.writes<graph::Gather>(write);
}

}  // namespace phasecore::onnx
