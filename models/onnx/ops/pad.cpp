#include "models/graph/ops/pad.hpp"

#include <algorithm>

#include "models/onnx/node_reader.hpp"
#include "models/onnx/node_writer.hpp"
#include "models/onnx/operators.hpp"

namespace phasecore::onnx {
namespace {

using Mode = graph::Pad::Mode;
Mode read_mode(NodeReader& reader) {
  const std::string mode = reader.attributes().text("mode", "constant");
  if (mode == "reflect") return Mode::Reflect;
  if (mode == "edge") return Mode::Edge;
  if (mode != "constant")
    reader.problem("attribute 'mode' is '" + mode + "'; must be constant, reflect or edge");
  return Mode::Constant;
}

Integers read_pads(NodeReader& reader) {
  if (reader.opset() < 11) {
    const auto given = reader.attributes().integers("pads").value_or(std::vector<int>{});
    return {given.begin(), given.end()};
  }
  return reader.ints(1, "pads").value_or(Integers{});
}

/// The dimensions that are padded.
Integers read_axes(NodeReader& reader, int rank) {
  if (reader.has_input(3)) return reader.ints(3, "axes").value_or(Integers{});
  Integers axes;
  for (int d = 0; d < rank; ++d) axes.push_back(d);
  return axes;
}

void read(NodeReader& reader) {
  reader.expect_inputs(1, reader.opset() < 11 ? 1 : 4);
  const Operand x = reader.any_operand(0);
  graph::Pad pad;
  pad.mode = read_mode(reader);
  if (reader.opset() < 11)
    pad.value = reader.attributes().real("value", 0);
  else if (reader.has_input(2))
    pad.value = reader.scalar(2, "value", 0);
  const Integers pads = read_pads(reader);
  if (!reader.ok() || !x.known) return reader.give_up();
  const Integers axes = read_axes(reader, x.rank());
  if (reader.ok() && pads.size() != 2 * axes.size())
    reader.problem("has " + std::to_string(pads.size()) + " pads for " + std::to_string(axes.size()) +
                   " dimensions");
  pad.before.assign(x.shape.size(), 0);
  pad.after.assign(x.shape.size(), 0);
  for (std::size_t i = 0; reader.ok() && i < axes.size(); ++i) {
    const auto before = pads[i], after = pads[i + axes.size()];
    if (before == 0 && after == 0) continue;
    if (std::min(before, after) < -graph::kMaxValues || std::max(before, after) > graph::kMaxValues) {
      reader.problem("pads of " + std::to_string(before) + " and " + std::to_string(after) +
                     " are too large");
      break;
    }
    const int axis = reader.axis(x, static_cast<int>(std::clamp<std::int64_t>(axes[i], -1000, 1000)));
    if (!reader.ok()) break;
    pad.before[axis] = static_cast<int>(before);
    pad.after[axis] = static_cast<int>(after);
  }
  const auto is_none = [](const std::vector<int>& amounts) {
    return std::all_of(amounts.begin(), amounts.end(), [](int amount) { return amount == 0; });
  };
  if (reader.ok() && is_none(pad.before) && is_none(pad.after)) return reader.alias();
  reader.emit_output(0, std::move(pad), {x.layer}, {x.batch, x.integral, std::nullopt});
}

void write(const graph::Pad& pad, NodeWriter& writer) {
  writer.text("mode", pad.mode == Mode::Edge ? "edge" : pad.mode == Mode::Reflect ? "reflect" : "constant");
  Integers pads{0};
  pads.insert(pads.end(), pad.before.begin(), pad.before.end());
  pads.push_back(0);
  pads.insert(pads.end(), pad.after.begin(), pad.after.end());
  writer.input(".pads", pads);
  writer.input(".value", graph::Tensor{{}, {pad.value}});
}

}  // namespace

void register_pad(Registry& registry) {
  registry.reads("Pad", read);
  registry.writes<graph::Pad>(write);
}

}  // namespace phasecore::onnx
