// Values of tensors that stay in files until somebody decodes them: a model then takes little more memory
// than what is made of it.
#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <string>
#include <unordered_map>

namespace phasecore::onnx {

/// Where a tensor's raw data are, in place of its message.
struct Payload {
  std::string path;
  std::uint64_t offset = 0, bytes = 0;
};

/// By tensor, which must stay where it is.
using Payloads = std::unordered_map<const ::onnx::TensorProto*, Payload>;

/// Fewer bytes stay in the message.
inline constexpr std::uint64_t kLeastPayload = 1 << 14;

/// Reads a model's file all but the payloads of its initializers. False where it is no regular file or not
/// what an exporter writes: whoever reads it whole can say what it is.
bool read_without_payloads(const std::string& path, ::onnx::ModelProto& model, Payloads& payloads);

}  // namespace phasecore::onnx
