// What changes the shape alone: Reshape, Flatten, Squeeze, Unsqueeze.
#include "models/graph/ops/reshape.hpp"

#include <algorithm>
#include <optional>

#include "models/onnx/node_reader.hpp"
#include "models/onnx/node_writer.hpp"
#include "models/onnx/operators.hpp"

namespace phasecore::onnx {
namespace {

/// The tensor's dimensions with the batch.
Integers full_shape(const NodeReader& reader, const Operand& x) {
  Integers shape(x.shape.begin(), x.shape.end());
  if (x.batch != kNoBatch) shape.insert(shape.begin() + x.batch, reader.batch());
  return shape;
}

std::int64_t product(const Integers& shape, std::size_t count) {
  std::int64_t product = 1;
  for (std::size_t d = 0; d < count; ++d) product *= shape[d];
  return product;
}

/// Where the batch stands in the new shape: as many values before it, and it is whole. A batch of one may be
/// anywhere, or nowhere, where nothing says where it is.
std::optional<int> place_of_batch(const NodeReader& reader, const Operand& x, const Integers& target) {
  if (x.batch == kNoBatch) return !target.empty() && target[0] == 1 && reader.batch() == 1 ? 0 : kNoBatch;
  const std::int64_t before = product(full_shape(reader, x), static_cast<std::size_t>(x.batch));
  for (std::size_t d = 0; d < target.size(); ++d)
    if (target[d] == reader.batch() && product(target, d) == before) return static_cast<int>(d);
  return reader.batch() == 1 ? std::optional<int>(kNoBatch) : std::nullopt;
}

std::string shape_text(const Integers& target) {
  std::string text;
  for (const auto t : target) text += (text.empty() ? "(" : ", ") + std::to_string(t);
  return text.empty() ? "()" : text + ")";
}

/// Ends the node: as many values in the shape `target`, in which the batch is dimension `batch`.
void emit_shape(NodeReader& reader, const Operand& x, Integers target, int batch) {
  if (batch != kNoBatch) target.erase(target.begin() + batch);
  const graph::Shape shape(target.begin(), target.end());
  const bool one_number = shape.empty();
  Form form{batch, x.integral, one_number ? std::optional<graph::Shape>(shape) : std::nullopt};
  reader.emit_output(0, graph::Reshape(one_number ? graph::Shape{1} : shape), {x.layer}, std::move(form));
}

void read_flatten(NodeReader& reader) {
  reader.expect_inputs(1, 1);
  const Operand x = reader.any_operand(0);
  const int given = reader.attributes().integer("axis", 1);
  if (!reader.ok() || !x.known) return reader.give_up();
  const int axis = given + (given < 0 ? x.rank() : 0);
  if (axis < 0 || axis > x.rank()) {
    reader.problem("axis " + std::to_string(given) + " is none of a tensor of " + std::to_string(x.rank()) +
                   " dimensions");
    return reader.give_up();
  }
  if (axis == 1 && x.batch == 0 && !x.integral && !x.shape.empty())
    return reader.emit(graph::Flatten(), {x.layer});
  const Integers from = full_shape(reader, x);
  const std::int64_t rows = product(from, static_cast<std::size_t>(axis));
  const Integers target{rows, product(from, from.size()) / rows};
  const auto batch = place_of_batch(reader, x, target);
  if (!batch) {
    reader.problem("axis " + std::to_string(given) + " does not keep the batch dimension");
    return reader.give_up();
  }
  emit_shape(reader, x, target, *batch);
}

void write_flatten(const graph::Flatten& /*flatten*/, NodeWriter& writer) {
  writer.integer("axis", 1);
}

/// The target of a Reshape with 0 (copy) and -1 (the rest) filled in; empty if it makes no sense.
Integers resolve_target(Integers target, const Integers& from, bool copy_zeros) {
  std::int64_t known = 1;
  const std::int64_t total = product(from, from.size());  // a layer's volume times the batch: below 2^56
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
  const Operand x = reader.any_operand(0);
  const auto target = reader.ints(1, "target shape");
  if (!reader.ok() || !x.known) return reader.give_up();
  const Integers from = full_shape(reader, x);
  const Integers resolved = resolve_target(*target, from, copy_zeros);
  const bool fits = !resolved.empty() || (target->empty() && product(from, from.size()) == 1);
  const auto batch = place_of_batch(reader, x, resolved);
  if (!fits)
    reader.problem("cannot turn " + graph::to_string(x.shape) + " into " + shape_text(*target));
  else if (!batch)
    reader.problem("target shape " + shape_text(*target) + " does not keep the batch dimension");
  if (!reader.ok()) return reader.give_up();
  emit_shape(reader, x, resolved, *batch);
}

void write_reshape(const graph::Reshape& reshape, NodeWriter& writer) {
  Integers target{0};  // 0 keeps the batch dimension
  target.insert(target.end(), reshape.target.begin(), reshape.target.end());
  writer.input(".shape", target);
}

/// The axes of a Squeeze or Unsqueeze among `rank` dimensions, ascending; those of an attribute before
/// opset 13.
std::vector<int> read_axes(NodeReader& reader, int rank) {
  Integers given;
  if (reader.opset() < 13) {
    const auto list = reader.attributes().integers("axes").value_or(std::vector<int>{});
    given.assign(list.begin(), list.end());
  } else if (reader.has_input(1)) {
    given = reader.ints(1, "axes").value_or(given);
  }
  std::vector<int> axes;
  for (const auto g : given) {
    const std::int64_t axis = g < 0 ? g + rank : g;
    if (axis < 0 || axis >= rank)
      reader.problem("axis " + std::to_string(g) + " is none of " + std::to_string(rank) + " dimensions");
    else
      axes.push_back(static_cast<int>(axis));
  }
  std::sort(axes.begin(), axes.end());
  if (std::adjacent_find(axes.begin(), axes.end()) != axes.end()) reader.problem("an axis stands twice");
  return axes;
}

void read_squeeze(NodeReader& reader) {
  reader.expect_inputs(1, reader.opset() < 13 ? 1 : 2);
  const Operand x = reader.any_operand(0);
  if (!reader.ok() || !x.known) return reader.give_up();
  const Integers from = full_shape(reader, x);
  std::vector<int> axes = read_axes(reader, x.rank());
  if (!reader.ok()) return reader.give_up();
  if (axes.empty())
    for (int d = 0; d < x.rank(); ++d)
      if (from[d] == 1 && d != x.batch) axes.push_back(d);
  Integers target;
  int batch = kNoBatch;
  for (int d = 0; d < x.rank(); ++d) {
    if (std::binary_search(axes.begin(), axes.end(), d)) {
      if (from[d] != 1)
        reader.problem("dimension " + std::to_string(d) + " of " + shape_text(from) + " is not 1");
      continue;
    }
    if (d == x.batch) batch = static_cast<int>(target.size());
    target.push_back(from[d]);
  }
  if (!reader.ok()) return reader.give_up();
  emit_shape(reader, x, target, batch);
}

void read_unsqueeze(NodeReader& reader) {
  reader.expect_inputs(1, reader.opset() < 13 ? 1 : 2);
  const Operand x = reader.any_operand(0);
  if (!reader.ok() || !x.known) return reader.give_up();
  const Integers from = full_shape(reader, x);
  const int given =
      reader.opset() < 13
          ? static_cast<int>(reader.attributes().integers("axes").value_or(std::vector<int>{}).size())
          : static_cast<int>(reader.ints(1, "axes").value_or(Integers{}).size());
  constexpr int kMostDimensions = 64;
  const int rank = x.rank() + given;
  if (given > kMostDimensions) reader.problem("adds " + std::to_string(given) + " dimensions");
  if (!reader.ok()) return reader.give_up();
  const std::vector<int> axes = read_axes(reader, rank);
  if (!reader.ok()) return reader.give_up();
  Integers target;
  int batch = kNoBatch, next = 0;
  for (int d = 0; d < rank; ++d) {
    if (std::binary_search(axes.begin(), axes.end(), d)) {
      target.push_back(1);
      continue;
    }
    if (next == x.batch) batch = d;
    target.push_back(from[next++]);
  }
  emit_shape(reader, x, target, batch);
}

}  // namespace

void register_reshape(Registry& registry) {
  registry.reads("Flatten", read_flatten);
  registry.writes<graph::Flatten>(write_flatten);
  registry.reads("Reshape", read_reshape);
  registry.writes<graph::Reshape>(write_reshape);
  registry.reads("Squeeze", read_squeeze);
  registry.reads("Unsqueeze", read_unsqueeze);
}

}  // namespace phasecore::onnx
