#include "models/onnx/codes.hpp"

#include <cmath>

#include "common/diagnostics.hpp"
#include "models/graph/strides.hpp"

namespace phasecore::onnx {

namespace {

using ::onnx::TensorProto;

/// What there is of codes, by their type.
struct CodeType {
  int type;
  float lowest, highest;
};

constexpr CodeType kCodeTypes[] = {{TensorProto::UINT8, 0, 255},
                                   {TensorProto::INT8, -128, 127},
                                   {TensorProto::UINT16, 0, 65535},
                                   {TensorProto::INT16, -32768, 32767}};

/// Codes of the zero point's type, with scale 1 about 0.
std::optional<graph::Codes> read_code_type(NodeReader& reader, int zero_point) {
  const int type = reader.has_input(zero_point) ? reader.constant_type(zero_point) : int{TensorProto::UINT8};
  for (const CodeType& known : kCodeTypes)
    if (known.type == type) return graph::Codes{1, 0, known.lowest, known.highest};
  reader.problem("its codes must be of 8 or 16 bits");
  return std::nullopt;
}

void check_scale(NodeReader& reader, float scale) {
  if (!(scale > 0 && std::isfinite(scale))) reader.problem("every scale must be a positive number");
}

}  // namespace

int type_of(const graph::Codes& codes) {
  for (const CodeType& known : kCodeTypes)
    if (known.lowest == codes.lowest && known.highest == codes.highest) return known.type;
  throw common::InternalError("codes of no type");
}

std::optional<graph::Codes> read_codes(NodeReader& reader, int scale, int zero_point) {
  const float factor = reader.scalar(scale, "scale", 1);
  const float zero = reader.has_input(zero_point) ? reader.scalar(zero_point, "zero point", 0) : 0;
  check_scale(reader, factor);
  auto codes = reader.ok() ? read_code_type(reader, zero_point) : std::nullopt;
  if (!codes) return std::nullopt;
  codes->scale = factor;
  codes->zero_point = zero;
  return codes;
}

std::optional<TensorCodes> read_tensor_codes(NodeReader& reader, const Operand& x, int scale, int zero_point,
                                             int axis) {
  const graph::Tensor scales = reader.numbers(scale, "scale");
  if (!reader.ok()) return std::nullopt;
  if (scales.values.size() == 1) {
    const auto codes = read_codes(reader, scale, zero_point);
    return codes ? std::optional(TensorCodes{*codes, {}, {}, 0}) : std::nullopt;
  }
  graph::Tensor zeros{{}, {0}};
  if (reader.has_input(zero_point)) zeros = reader.numbers(zero_point, "zero point");
  if (!reader.ok() || !x.known) return std::nullopt;
  const auto codes = read_code_type(reader, zero_point);
  const int along = reader.axis(x, axis);
  if (!codes || !reader.ok()) return std::nullopt;
  const std::size_t rows = scales.values.size();
  if (zeros.values.size() == 1) zeros.values.resize(rows, zeros.values[0]);
  if (rows != static_cast<std::size_t>(x.shape[along]) || zeros.values.size() != rows) {
    reader.problem("has " + std::to_string(rows) + " scales and " + std::to_string(zeros.values.size()) +
                   " zero points for " + std::to_string(x.shape[along]) + " rows along axis " +
                   std::to_string(axis));
    return std::nullopt;
  }
  TensorCodes all{*codes, scales.values, zeros.values, along};
  for (std::size_t row = 0; row < rows; ++row) {
    check_scale(reader, scales.values[row]);
    const graph::Codes own{scales.values[row], zeros.values[row], codes->lowest, codes->highest};
    if (row == 0 || own.range() > all.codes.range()) all.codes = own;
  }
  return reader.ok() ? std::optional(all) : std::nullopt;
}

graph::Tensor read_coded_constant(NodeReader& reader, int input, int scale, int zero_point, int axis) {
  graph::Tensor codes = reader.numbers(input, "codes");
  const graph::Tensor scales = reader.floats(scale, "scale");
  graph::Tensor zeros{{}, {0}};
  if (reader.has_input(zero_point)) zeros = reader.numbers(zero_point, "zero point");
  if (!reader.ok()) return {};
  const std::size_t rows = scales.values.size();
  const int rank = static_cast<int>(codes.shape.size());
  if (axis < 0) axis += rank;
  const bool per_row = rows != 1 && axis >= 0 && axis < rank && static_cast<int>(rows) == codes.shape[axis];
  const bool zeros_fit = zeros.values.size() == rows || zeros.values.size() == 1;
  if ((rows != 1 && !per_row) || !zeros_fit || zeros.values.empty()) {
    reader.problem("has " + std::to_string(rows) + " scales and " + std::to_string(zeros.values.size()) +
                   " zero points for codes of shape " + graph::to_string(codes.shape));
    return {};
  }
  const graph::AxisView view = graph::view_along(codes.shape, per_row ? axis : rank);
  for (std::size_t i = 0; i < codes.values.size(); ++i) {
    const std::size_t row = per_row ? i / static_cast<std::size_t>(view.inner) % rows : 0;
    const float zero = zeros.values[zeros.values.size() == 1 ? 0 : row];
    codes.values[i] = (codes.values[i] - zero) * scales.values[row];
  }
  return codes;
}

}  // namespace phasecore::onnx
