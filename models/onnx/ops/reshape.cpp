#include "models/graph/ops/reshape.hpp"

#include "models/onnx/node_reader.hpp"
#include "models/onnx/node_writer.hpp"
#include "models/onnx/operators.hpp"

namespace phasecore::onnx {
namespace {

void read_flatten(NodeReader& reader) {
  reader.expect_inputs(1, 1);
  const int input = reader.activation(0);
  const int rank = static_cast<int>(reader.shape_of(input).size()) + 1;
  const int axis = reader.attributes().integer("axis", 1);
  if (rank > 1 && axis != 1 && axis != 1 - rank)
    reader.problem("axis " + std::to_string(axis) + " must be 1");
  reader.emit(graph::Flatten(), {input});
}

void write_flatten(const graph::Flatten& /*flatten*/, NodeWriter& writer) {
  writer.integer("axis", 1);
}

std::string shape_text(const std::vector<std::int64_t>& target) {
  std::string text;
  for (const auto t : target) text += (text.empty() ? "(" : ", ") + std::to_string(t);
  return text.empty() ? "()" : text + ")";
}

/// The target of a Reshape with 0 (copy) and -1 (the rest) filled in; empty if it makes no sense.
std::vector<std::int64_t> resolve_target(std::vector<std::int64_t> target,
                                         const std::vector<std::int64_t>& from, bool copy_zeros) {
  std::int64_t total = 1, known = 1;
  for (const auto extent : from) total *= extent;  // a layer's volume times the batch: below 2^56
  std::int64_t* rest = nullptr;
  for (std::size_t d = 0; d < target.size(); ++d) {
    if (target[d] == 0 && copy_zeros && d < from.size()) target[d] = from[d];
    if (target[d] == -1 && rest == nullptr) {
      rest = &target[d];
    } else if (target[d] < 1 || target[d] > total / known) {
      return {};
    } else {
      known *= target[d];
    }
  }
  if (rest != nullptr) *rest = total / known;
  if (known * (rest != nullptr ? *rest : 1) != total) return {};
  return target;
}

void read_reshape(NodeReader& reader) {
  reader.expect_inputs(2, 2);
  const bool copy_zeros = reader.attributes().integer("allowzero", 0) == 0;
  const int input = reader.activation(0);
  const graph::Shape in = reader.shape_of(input);
  const auto target = reader.ints(1, "target shape");
  if (!reader.ok() || in.empty()) return reader.give_up();
  std::vector<std::int64_t> from{reader.batch()};
  from.insert(from.end(), in.begin(), in.end());
  const auto resolved = resolve_target(*target, from, copy_zeros);
  graph::Reshape reshape;
  if (resolved.empty()) {
    reader.problem("cannot turn " + graph::to_string(in) + " into " + shape_text(*target));
  } else if (resolved[0] != reader.batch() || resolved.size() < 2) {
    reader.problem("target shape " + shape_text(*target) + " does not keep the batch dimension");
  } else {
    reshape.target.assign(resolved.begin() + 1, resolved.end());
  }
  reader.emit(std::move(reshape), {input});
}

void write_reshape(const graph::Reshape& reshape, NodeWriter& writer) {
  std::vector<std::int64_t> target{0};  // 0 keeps the batch dimension
  target.insert(target.end(), reshape.target.begin(), reshape.target.end());
  writer.input(".shape", target);
}

}  // namespace

void register_reshape(Registry& registry) {
  registry.reads("Flatten", read_flatten);
  registry.writes<graph::Flatten>(write_flatten);
  registry.reads("Reshape", read_reshape);
  registry.writes<graph::Reshape>(write_reshape);
}

}  // namespace phasecore::onnx
