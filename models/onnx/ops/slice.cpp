// Slice and Split.
#include "models/graph/ops/slice.hpp"

#include <algorithm>
#include <limits>

#include "models/onnx/node_reader.hpp"
#include "models/onnx/node_writer.hpp"
#include "models/onnx/operators.hpp"

namespace phasecore::onnx {
namespace {

/// A list that stands in an attribute or, in newer opsets, in a constant input; `otherwise` where it is in
/// neither.
Integers read_list(NodeReader& reader, const char* name, int input, bool in_attribute, Integers otherwise) {
  if (in_attribute) {
    const auto given = reader.attributes().integers(name);
    return given ? Integers(given->begin(), given->end()) : otherwise;
  }
  if (!reader.has_input(input)) return otherwise;
  return reader.ints(input, name).value_or(otherwise);
}

/// Index `given` (from the end if negative) of `extent`, moved to between `least` and `most`.
std::int64_t clamped(std::int64_t given, std::int64_t extent, std::int64_t least, std::int64_t most) {
  return std::clamp(given + (given < 0 ? extent : 0), least, most);
}

struct Part {
  std::int64_t begin, end, step;
};

/// Takes a part of one dimension.
void narrow(NodeReader& reader, graph::Slice& slice, int axis, Part part) {
  const std::int64_t extent = slice.counts[axis];
  if (part.step == 0) return reader.problem("step 0 must not be 0");
  const bool forward = part.step > 0;
  const std::int64_t begin = clamped(part.begin, extent, 0, forward ? extent : extent - 1);
  const std::int64_t end = clamped(part.end, extent, forward ? 0 : -1, extent);
  const std::int64_t distance = forward ? end - begin : begin - end;
  // More than the extent is one step out of the tensor.
  const std::int64_t step = std::clamp(part.step, -extent, extent);
  const std::int64_t size = forward ? step : -step;
  slice.begins[axis] = static_cast<int>(begin);
  slice.counts[axis] = static_cast<int>(std::max<std::int64_t>(0, (distance + size - 1) / size));
  slice.steps[axis] = static_cast<int>(step);
}

bool takes_all(const Part& part, int extent) {
  return part.step == 1 && clamped(part.begin, extent, 0, extent) == 0 &&
         clamped(part.end, extent, 0, extent) == extent;
}

void read_slice(NodeReader& reader) {
  const bool old = reader.opset() < 10;
  reader.expect_inputs(old ? 1 : 3, old ? 1 : 5);
  const Operand x = reader.any_operand(0);
  const Integers starts = read_list(reader, "starts", 1, old, {});
  const Integers ends = read_list(reader, "ends", 2, old, {});
  Integers all(starts.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::int64_t>(i);
  const Integers axes = read_list(reader, "axes", 3, old, all);
  const Integers steps =
      old ? Integers(starts.size(), 1) : read_list(reader, "steps", 4, false, Integers(starts.size(), 1));
  if (!reader.ok() || !x.known) return reader.give_up();
  if (ends.size() != starts.size() || axes.size() != starts.size() || steps.size() != starts.size()) {
    reader.problem("starts, ends, axes and steps must be as many");
    return reader.give_up();
  }
  graph::Slice slice = graph::whole_of(x.shape);
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const Part part{starts[i], ends[i], steps[i]};
    const std::int64_t given = axes[i] + (axes[i] < 0 ? x.rank() : 0);
    if (given == x.batch && takes_all(part, reader.batch())) continue;
    const int axis = reader.axis(x, static_cast<int>(std::clamp<std::int64_t>(axes[i], -1000, 1000)));
    if (!reader.ok()) break;
    narrow(reader, slice, axis, part);
  }
  if (x.shape.empty()) slice = graph::whole_of({1});
  reader.emit_output(0, std::move(slice), {x.layer}, {x.batch, x.integral, std::nullopt});
}

/// How many of the dimension each output takes; empty if they do not fit.
Integers parts_of(NodeReader& reader, std::int64_t extent) {
  const std::int64_t outputs = reader.node().output_size();
  const Integers given = read_list(reader, "split", 1, reader.opset() < 13, {});
  const int count = reader.attributes().integer("num_outputs", static_cast<int>(outputs));
  if (!given.empty()) return given;
  if (count != outputs) {
    reader.problem("num_outputs " + std::to_string(count) + " differs from its " + std::to_string(outputs) +
                   " outputs");
    return {};
  }
  const std::int64_t each = (extent + outputs - 1) / outputs;
  if (extent % outputs != 0 && reader.opset() < 18) {
    reader.problem(std::to_string(extent) + " values do not divide into " + std::to_string(outputs) +
                   " outputs");
    return {};
  }
  Integers parts(static_cast<std::size_t>(outputs), each);
  parts.back() = extent - each * (outputs - 1);
  return parts;
}

void read_split(NodeReader& reader) {
  reader.expect_inputs(1, 2);
  const Operand x = reader.any_operand(0);
  const int axis = x.known ? reader.axis(x, reader.attributes().integer("axis", 0)) : 0;
  if (!reader.ok() || !x.known || x.shape.empty()) return reader.give_up();
  const Integers parts = parts_of(reader, x.shape[axis]);
  std::int64_t total = 0;
  bool fits = static_cast<int>(parts.size()) == reader.node().output_size();
  for (const auto part : parts) {
    fits = fits && part >= 0 && part <= x.shape[axis];
    total += fits ? part : 0;
  }
  if (reader.ok() && (!fits || total != x.shape[axis]))
    reader.problem("its parts are not the " + std::to_string(x.shape[axis]) + " values of dimension " +
                   std::to_string(axis) + " in " + std::to_string(reader.node().output_size()) + " outputs");
  if (!reader.ok()) return reader.give_up();
  int begin = 0;
  for (int i = 0; i < reader.node().output_size(); ++i) {
    graph::Slice slice = graph::whole_of(x.shape);
    slice.begins[axis] = begin;
    slice.counts[axis] = static_cast<int>(parts[i]);
    begin += static_cast<int>(parts[i]);
    reader.emit_output(i, std::move(slice), {x.layer}, {x.batch, x.integral, std::nullopt});
  }
}

void write(const graph::Slice& slice, NodeWriter& writer) {
  Integers begins, ends, axes, steps;
  for (std::size_t d = 0; d < slice.begins.size(); ++d) {
    const std::int64_t step = slice.steps[d], end = slice.begins[d] + slice.counts[d] * step;
    begins.push_back(slice.begins[d]);
    ends.push_back(end < 0 ? std::numeric_limits<std::int64_t>::min() : end);  // -1 would be the last
    axes.push_back(static_cast<std::int64_t>(d) + 1);
    steps.push_back(step);
  }
  writer.input(".starts", begins);
  writer.input(".ends", ends);
  writer.input(".axes", axes);
  writer.input(".steps", steps);
}

}  // namespace

void register_slice(Registry& registry) {
  registry.reads("Slice", read_slice);
  registry.writes<graph::Slice>(write);
  registry.reads_several("Split", read_split);
}

}  // namespace phasecore::onnx
