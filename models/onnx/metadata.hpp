// Keys of the metadata contract, shared by reading and writing.
#pragma once

namespace phasecore::onnx {

/// Written by import: the layers whose codes were about another point than the middle.
inline constexpr char kAsymmetricCodes[] = "phasecore.asymmetric_codes";
/// Written by import: the layers whose codes had several scales.
inline constexpr char kCodesByRow[] = "phasecore.codes_by_row";
inline constexpr char kRangePrefix[] = "phasecore.input_range.";
/// "0 3 1 2": which axis of the arrays that the model was exported for each axis of the network's input is.
inline constexpr char kInputAxes[] = "phasecore.input_axes";

}  // namespace phasecore::onnx
