// Keys of the metadata contract, shared by reading and writing.
#pragma once

namespace phasecore::onnx {

inline constexpr char kRangePrefix[] = "phasecore.input_range.";

}  // namespace phasecore::onnx
