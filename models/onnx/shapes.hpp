// Arithmetic of ONNX shapes: with the batch where there is one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/graph/tensor.hpp"

namespace phasecore::onnx {

using Integers = std::vector<std::int64_t>;

/// "(2, -1)".
std::string list_text(const Integers& values);

/// Axis `given`, which may count from the end, of `rank`; nullopt beyond them.
std::optional<int> axis_of(std::int64_t given, int rank);

/// The same for a list without repetition, in ascending order.
std::optional<std::vector<int>> axes_of(const Integers& given, int rank);

/// The target of a Reshape with 0 (copy, if wanted) and -1 (the rest) filled in; nullopt if it makes no
/// sense for values of shape `from`.
std::optional<graph::Shape> resolve_target(const Integers& target, const graph::Shape& from, bool copy_zeros);

/// What a node that only changes the shape of its input 0 makes of it; nullopt, with the reader told, where
/// it makes no sense. These are Reshape, Flatten, Squeeze and Unsqueeze.
class NodeReader;
std::optional<graph::Shape> reshaped(NodeReader& reader, const graph::Shape& from);

/// The shape that two broadcast to; nullopt if they do not fit.
std::optional<graph::Shape> broadcast(const graph::Shape& a, const graph::Shape& b);

}  // namespace phasecore::onnx
