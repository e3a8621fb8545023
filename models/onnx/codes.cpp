#include "models/onnx/codes.hpp"

#include "models/graph/strides.hpp"

namespace phasecore::onnx {

std::optional<graph::Codes> read_codes(NodeReader& reader, int scale, int zero_point) {
  graph::Codes codes;
  codes.scale = reader.scalar(scale, "scale", 1);
  const bool has_zero = reader.has_input(zero_point);
  codes.zero_point = has_zero ? reader.scalar(zero_point, "zero point", 0) : 0;
  if (!reader.ok()) return std::nullopt;
  const int type = has_zero ? reader.constant_type(zero_point) : ::onnx::TensorProto::UINT8;
  if (type == ::onnx::TensorProto::UINT8) {
    codes.lowest = 0, codes.highest = 255;
  } else if (type == ::onnx::TensorProto::INT8) {
    codes.lowest = -128, codes.highest = 127;
  } else if (type == ::onnx::TensorProto::UINT16) {
    codes.lowest = 0, codes.highest = 65535;
  } else if (type == ::onnx::TensorProto::INT16) {
    codes.lowest = -32768, codes.highest = 32767;
  } else {
    reader.problem("its codes must be of 8 or 16 bits");
    return std::nullopt;
  }
  return codes;
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
