// Quantised tensors while a model is read: constants become the values that their codes stand for;
// activations stay values, and what codes they would have had says how large they are.
#pragma once

#include <optional>

#include "models/graph/ops/quantize.hpp"
#include "models/onnx/node_reader.hpp"

namespace phasecore::onnx {

/// Scale and zero point of one tensor, from inputs `scale` and `scale + 1`; of one type for all its values.
/// Nothing, with the reader told, where they are no single numbers or the type has no codes that are
/// supported.
std::optional<graph::Codes> read_codes(NodeReader& reader, int scale, int zero_point);

/// The same of the tensor `x`, whose rows of dimension `axis` (ONNX's, with the batch) may have scales and
/// zero points of their own.
std::optional<TensorCodes> read_tensor_codes(NodeReader& reader, const Operand& x, int scale, int zero_point,
                                             int axis);

/// The type of TensorProto that holds them.
int type_of(const graph::Codes& codes);

/// A constant of codes as values. Scales and zero points are one number, or one for each row of dimension
/// `axis`.
graph::Tensor read_coded_constant(NodeReader& reader, int input, int scale, int zero_point, int axis);

}  // namespace phasecore::onnx
