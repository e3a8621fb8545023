// A look at a protobuf file that protobuf itself does not read, to tell why: truncated, no model at all, or
// graphs within graphs.
#pragma once

#include <string>

namespace phasecore::onnx {

/// What is wrong with a file that should be a ModelProto: empty, cut off at the end, not ONNX at all, or an
/// operator that holds a graph. "" if it looks whole (its inside may still be damaged).
std::string explain_unreadable(const std::string& bytes);

}  // namespace phasecore::onnx
