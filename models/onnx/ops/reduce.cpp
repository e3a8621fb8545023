#include "models/graph/ops/reduce.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "models/graph/ops/global_average_pool.hpp"
#include "models/graph/ops/reshape.hpp"
#include "models/onnx/node_reader.hpp"
#include "models/onnx/node_writer.hpp"
#include "models/onnx/operators.hpp"

namespace phasecore::onnx {
namespace {

using Kind = graph::Reduce::Kind;

/// Since this opset the axes are an input.
int axes_are_input_since(Kind kind) {
  return kind == Kind::Sum ? 13 : 18;
}

/// The axes as the node has them; nothing where it has none.
std::vector<int> given_axes(NodeReader& reader, Kind kind) {
  if (reader.opset() < axes_are_input_since(kind))
    return reader.attributes().integers("axes").value_or(std::vector<int>{});
  std::vector<int> axes;
  if (!reader.has_input(1)) return axes;
  const auto given = reader.ints(1, "axes").value_or(std::vector<std::int64_t>{});
  for (const auto axis : given) axes.push_back(static_cast<int>(std::clamp<std::int64_t>(axis, -1000, 1000)));
  return axes;
}

/// A mean over all pixels of an image is a pool, which chips know.
void emit_pool(NodeReader& reader, const Operand& x, bool keep) {
  if (keep) return reader.emit(graph::GlobalAveragePool(), {x.layer});
  const int pooled = reader.emit_helper(graph::GlobalAveragePool(), {x.layer}, ".pool");
  reader.emit(graph::Flatten(), {pooled});
}

/// What is left of an operand when these of its dimensions are gone.
Form form_without(const Operand& x, const std::vector<int>& axes, bool keep, bool integral) {
  Form form{x.batch, integral, std::nullopt};
  if (keep) return form;
  if (x.batch != kNoBatch)
    form.batch -=
        static_cast<int>(std::count_if(axes.begin(), axes.end(), [&](int axis) { return axis < x.batch; }));
  if (axes.size() == x.shape.size()) form.shape = graph::Shape{};
  return form;
}

void read_reduce(NodeReader& reader, Kind kind) {
  reader.expect_inputs(1, reader.opset() < axes_are_input_since(kind) ? 1 : 2);
  const Operand x = reader.operand(0);
  graph::Reduce reduce;
  reduce.kind = kind;
  reduce.keep_dims = reader.attributes().integer("keepdims", 1) != 0;
  const bool none_is_none = reader.attributes().integer("noop_with_empty_axes", 0) != 0;
  std::vector<int> given = given_axes(reader, kind);
  if (!reader.ok() || !x.known) return reader.give_up();
  if (given.empty() && !none_is_none) {
    given.resize(static_cast<std::size_t>(x.rank()));
    std::iota(given.begin(), given.end(), 0);
  }
  for (int axis : given) reduce.axes.push_back(reader.axis(x, axis));
  std::sort(reduce.axes.begin(), reduce.axes.end());
  if (std::adjacent_find(reduce.axes.begin(), reduce.axes.end()) != reduce.axes.end() && reader.ok())
    reader.problem("an axis stands twice");
  const bool is_pool = kind == Kind::Mean && x.batch == 0 && x.shape.size() == 3;
  if (is_pool && reduce.axes == std::vector<int>{1, 2}) return emit_pool(reader, x, reduce.keep_dims);
  const Form form = form_without(x, reduce.axes, reduce.keep_dims, false);
  reader.emit_output(0, std::move(reduce), {x.layer}, form);
}

void write_reduce(const graph::Reduce& reduce, NodeWriter& writer) {
  std::vector<int> axes;
  for (int axis : reduce.axes) axes.push_back(axis + 1);
  writer.integer("keepdims", reduce.keep_dims);
  if (axes.empty()) return writer.integer("noop_with_empty_axes", 1);
  if (writer.opset() < axes_are_input_since(reduce.kind)) return writer.ints("axes", axes);
  writer.input(".axes", std::vector<std::int64_t>(axes.begin(), axes.end()));
}

void read_extreme(NodeReader& reader, bool largest) {
  reader.expect_inputs(1, 1);
  const Operand x = reader.operand(0);
  graph::ArgExtreme extreme;
  extreme.largest = largest;
  extreme.keep_dims = reader.attributes().integer("keepdims", 1) != 0;
  extreme.last = reader.attributes().integer("select_last_index", 0) != 0;
  const int axis = reader.attributes().integer("axis", 0);
  if (!reader.ok() || !x.known) return reader.give_up();
  extreme.axis = reader.axis(x, axis);
  const Form form = form_without(x, {extreme.axis}, extreme.keep_dims, true);
  reader.emit_output(0, std::move(extreme), {x.layer}, form);
}

void write_extreme(const graph::ArgExtreme& extreme, NodeWriter& writer) {
  writer.integer("axis", extreme.axis + 1);
  writer.integer("keepdims", extreme.keep_dims);
  writer.integer("select_last_index", extreme.last);
}

}  // namespace

void register_reduce(Registry& registry) {
  for (const Kind kind : {Kind::Mean, Kind::Sum, Kind::Max, Kind::Min, Kind::Prod, Kind::L1, Kind::L2,
                          Kind::LogSum, Kind::LogSumExp, Kind::SumSquare}) {
    graph::Reduce reduce;
    reduce.kind = kind;
    registry.reads(reduce.name(), [kind](NodeReader& reader) { read_reduce(reader, kind); });
  }
  registry.writes<graph::Reduce>(write_reduce);
  registry.reads("ArgMax", [](NodeReader& reader) { read_extreme(reader, true); });
  registry.reads("ArgMin", [](NodeReader& reader) { read_extreme(reader, false); });
  registry.writes<graph::ArgExtreme>(write_extreme);
}

}  // namespace phasecore::onnx
