// A look at a protobuf file that protobuf itself does not read, to tell why: truncated, no model at all, or
// graphs within graphs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace phasecore::onnx {

/// What is wrong with a file that should be a ModelProto: empty, cut off at the end, not ONNX at all, or an
/// operator that holds a graph. "" if it looks whole (its inside may still be damaged).
std::string explain_unreadable(const std::string& bytes);

/// The contents of all fields of a message that have this number and hold bytes; none where it is not sound.
std::vector<std::string_view> bytes_fields(std::string_view message, int field);

}  // namespace phasecore::onnx
