#include "models/onnx/wire.hpp"

#include <cstdint>

namespace phasecore::onnx {
namespace {

/// Fields of ModelProto (onnx.proto) and how they are encoded: 0 = varint, 2 = length and bytes, -1 = no such
/// field.
int expected_encoding(std::uint64_t field) {
  switch (field) {
    case 1:  // ir_version
    case 5:  // model_version
      return 0;
    case 2:   // producer_name
    case 3:   // producer_version
    case 4:   // domain
    case 6:   // doc_string
    case 7:   // graph
    case 8:   // opset_import
    case 14:  // metadata_props
    case 20:  // training_info
    case 25:  // functions
      return 2;
    default:
      return -1;
  }
}

enum class Varint { Good, Bad, CutOff };

/// Reads a base-128 number and moves `at` behind it.
Varint read_varint(const std::string& bytes, std::size_t& at, std::uint64_t& value) {
  value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (at == bytes.size()) return Varint::CutOff;
    const auto byte = static_cast<unsigned char>(bytes[at++]);
    value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return Varint::Good;
  }
  return Varint::Bad;
}

}  // namespace

std::string explain_unreadable(const std::string& bytes) {
  const std::string not_onnx = "not an ONNX model";
  const std::string cut_off = "the file is truncated: it ends in the middle of an ONNX model";
  if (bytes.empty()) return "the file is empty";
  for (std::size_t at = 0; at < bytes.size();) {
    std::uint64_t tag = 0, value = 0;
    const Varint tag_read = read_varint(bytes, at, tag);
    if (tag_read == Varint::CutOff) return cut_off;
    const int encoding = tag_read == Varint::Good ? expected_encoding(tag >> 3) : -1;
    if (encoding < 0 || static_cast<int>(tag & 7) != encoding) return not_onnx;
    const Varint value_read = read_varint(bytes, at, value);
    if (value_read == Varint::CutOff) return cut_off;
    if (value_read == Varint::Bad) return not_onnx;
    if (encoding == 0) continue;
    if (value > bytes.size() - at) return cut_off;
    at += static_cast<std::size_t>(value);
  }
  return "";
}

}  // namespace phasecore::onnx
