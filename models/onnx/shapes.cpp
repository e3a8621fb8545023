#include "models/onnx/shapes.hpp"

#include <algorithm>
#include <limits>

#include "models/onnx/node_reader.hpp"

namespace phasecore::onnx {
namespace {

using Result = std::optional<graph::Shape>;

Result refused(NodeReader& reader, const std::string& what) {
  reader.problem(what);
  return std::nullopt;
}

Result reshaped_to_target(NodeReader& reader, const graph::Shape& from) {
  reader.expect_inputs(2, 2);
  const bool copy_zeros = reader.attributes().integer("allowzero", 0) == 0;
  const auto target = reader.ints(1, "target shape");
  if (!target) return std::nullopt;
  const Result to = resolve_target(*target, from, copy_zeros);
  if (to) return to;
  return refused(reader, "cannot turn " + graph::to_string(from) + " into " + list_text(*target));
}

Result flattened(NodeReader& reader, const graph::Shape& from) {
  reader.expect_inputs(1, 1);
  const int rank = static_cast<int>(from.size());
  const int given = reader.attributes().integer("axis", 1);
  const std::optional<int> axis = given == rank ? rank : axis_of(given, rank);
  if (!axis)
    return refused(reader, "axis " + std::to_string(given) + " must be " + std::to_string(-rank) + " to " +
                               std::to_string(rank));
  graph::Shape to{1, 1};
  for (int d = 0; d < rank; ++d) {
    int& side = to[d < *axis ? 0 : 1];
    if (from[d] > 0 && side > std::numeric_limits<int>::max() / from[d])
      return refused(reader, "cannot flatten " + graph::to_string(from) + ": too many values");
    side *= from[d];
  }
  return to;
}

/// Without axes: every dimension of 1 but for the first, which is the batch.
Result squeezed(NodeReader& reader, const graph::Shape& from) {
  reader.expect_inputs(1, 2);
  const auto given = reader.list(1, "axes");
  if (!reader.ok()) return std::nullopt;
  const int rank = static_cast<int>(from.size());
  std::optional<std::vector<int>> axes = std::vector<int>{};
  if (given) {
    axes = axes_of(*given, rank);
  } else {
    for (int d = reader.is_constant(0) ? 0 : 1; d < rank; ++d)
      if (from[d] == 1) axes->push_back(d);
  }
  if (!axes) return refused(reader, "axes " + list_text(*given) + " do not fit " + graph::to_string(from));
  graph::Shape to = from;
  for (auto axis = axes->rbegin(); axis != axes->rend(); ++axis) {
    if (to[*axis] != 1)
      return refused(reader,
                     "axis " + std::to_string(*axis) + " of " + graph::to_string(from) + " must be 1");
    to.erase(to.begin() + *axis);
  }
  return to;
}

Result unsqueezed(NodeReader& reader, const graph::Shape& from) {
  reader.expect_inputs(1, 2);
  const auto given = reader.list(1, "axes");
  if (!reader.ok()) return std::nullopt;
  if (!given) return refused(reader, "axes are missing");
  constexpr std::size_t kMostDimensions = 64;
  const auto axes = given->size() > kMostDimensions
                        ? std::nullopt
                        : axes_of(*given, static_cast<int>(from.size() + given->size()));
  if (!axes) return refused(reader, "axes " + list_text(*given) + " do not fit " + graph::to_string(from));
  graph::Shape to = from;
  for (int axis : *axes) to.insert(to.begin() + axis, 1);
  return to;
}

}  // namespace

std::string list_text(const Integers& values) {
  std::string text;
  for (const auto v : values) text += (text.empty() ? "(" : ", ") + std::to_string(v);
  return text.empty() ? "()" : text + ")";
}

std::optional<int> axis_of(std::int64_t given, int rank) {
  if (given < -rank || given >= rank) return std::nullopt;
  return static_cast<int>(given < 0 ? given + rank : given);
}

std::optional<std::vector<int>> axes_of(const Integers& given, int rank) {
  std::vector<int> axes;
  for (const auto g : given) {
    const auto axis = axis_of(g, rank);
    if (!axis) return std::nullopt;
    axes.push_back(*axis);
  }
  std::sort(axes.begin(), axes.end());
  if (std::adjacent_find(axes.begin(), axes.end()) != axes.end()) return std::nullopt;
  return axes;
}

std::optional<graph::Shape> resolve_target(const Integers& target, const graph::Shape& from,
                                           bool copy_zeros) {
  std::int64_t total = 1, known = 1;
  for (const auto extent : from) total *= extent;  // values that are held in memory: no overflow
  const std::int64_t most = std::max<std::int64_t>(total, std::numeric_limits<int>::max());
  graph::Shape to;
  std::optional<std::size_t> rest;
  for (std::size_t d = 0; d < target.size(); ++d) {
    const bool copied = target[d] == 0 && copy_zeros && d < from.size();
    const std::int64_t extent = copied ? from[d] : target[d];
    if (extent == -1 && !rest) {
      rest = d;
      to.push_back(1);
    } else if (extent < 0 || extent > std::numeric_limits<int>::max() ||
               (extent > 0 && known > most / extent)) {
      return std::nullopt;
    } else {
      known *= extent;
      to.push_back(static_cast<int>(extent));
    }
  }
  if (rest && known > 0) {
    if (total / known > std::numeric_limits<int>::max()) return std::nullopt;
    to[*rest] = static_cast<int>(total / known);
  }
  const std::int64_t reached = known * (rest ? to[*rest] : 1);
  return reached == total ? std::optional(to) : std::nullopt;
}

std::optional<graph::Shape> reshaped(NodeReader& reader, const graph::Shape& from) {
  const std::string& op = reader.node().op_type();
  if (op == "Flatten") return flattened(reader, from);
  if (op == "Squeeze") return squeezed(reader, from);
  if (op == "Unsqueeze") return unsqueezed(reader, from);
  return reshaped_to_target(reader, from);
}

std::optional<graph::Shape> broadcast(const graph::Shape& a, const graph::Shape& b) {
  graph::Shape to(std::max(a.size(), b.size()), 1);
  for (const graph::Shape* shape : {&a, &b}) {
    const std::size_t shift = to.size() - shape->size();
    for (std::size_t d = 0; d < shape->size(); ++d) {
      int& extent = to[shift + d];
      const int own = (*shape)[d];
      if (own == extent || own == 1) continue;
      if (extent != 1) return std::nullopt;
      extent = own;
    }
  }
  return to;
}

}  // namespace phasecore::onnx
