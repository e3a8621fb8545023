// A look at the outermost layer of a protobuf file, to tell a truncated model from something that is no
// model.
#pragma once

#include <string>

namespace phasecore::onnx {

/// What is wrong with the outermost layer of a file that should be a ModelProto: empty, cut off at the end,
/// or not ONNX at all. "" if it looks whole (its inside may still be damaged).
std::string explain_unreadable(const std::string& bytes);

}  // namespace phasecore::onnx
