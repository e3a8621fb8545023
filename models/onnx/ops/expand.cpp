#include "models/graph/ops/expand.hpp"

#include "models/onnx/node_reader.hpp"
#include "models/onnx/node_writer.hpp"
#include "models/onnx/operators.hpp"

namespace phasecore::onnx {
namespace {

void read(NodeReader& reader) {
  reader.expect_inputs(2, 2);
  const Operand x = reader.any_operand(0);
  const auto given = reader.ints(1, "shape");
  if (!reader.ok() || !x.known) return reader.give_up();
  graph::Shape target;
  for (const auto extent : *given) {
    if (extent < 1 || extent > graph::kMaxValues)
      reader.problem("shape holds " + std::to_string(extent) + "; must be 1 to " +
                     std::to_string(graph::kMaxValues));
    else
      target.push_back(static_cast<int>(extent));
  }
  if (!reader.ok()) return reader.give_up();
  const int rank = std::max(x.rank(), static_cast<int>(target.size()));
  int batch = kNoBatch;
  if (x.batch != kNoBatch) {
    batch = x.batch + rank - x.rank();
    const int at = batch - (rank - static_cast<int>(target.size()));
    if (at >= 0) {
      if (target[at] != 1 && target[at] != reader.batch()) reader.problem("repeats the images of the batch");
      target.erase(target.begin() + at);
    }
  }
  if (target.empty()) target = {1};
  const bool one_number = x.shape.empty() && rank == (batch == kNoBatch ? 0 : 1);
  const Form form{batch, x.integral, one_number ? std::optional<graph::Shape>(graph::Shape{}) : std::nullopt};
  reader.emit_output(0, graph::Expand(std::move(target)), {x.layer}, form);
}

void write(const graph::Expand& expand, NodeWriter& writer) {
  std::vector<std::int64_t> target{1};
  target.insert(target.end(), expand.target.begin(), expand.target.end());
  writer.input(".shape", target);
}

}  // namespace

void register_expand(Registry& registry) {
  registry.reads("Expand", read);
  registry.writes<graph::Expand>(write);
}

}  // namespace phasecore::onnx
