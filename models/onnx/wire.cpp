#include "models/onnx/wire.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>

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
Varint read_varint(std::string_view bytes, std::size_t& at, std::uint64_t& value) {
  value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (at == bytes.size()) return Varint::CutOff;
    const auto byte = static_cast<unsigned char>(bytes[at++]);
    value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return Varint::Good;
  }
  return Varint::Bad;
}

/// Calls `use(field, bytes)` for every field of a message that holds bytes, as long as the message is sound.
template <class Use>
void for_each_bytes_field(std::string_view message, Use use) {
  for (std::size_t at = 0; at < message.size();) {
    std::uint64_t tag = 0, value = 0;
    if (read_varint(message, at, tag) != Varint::Good) return;
    switch (tag & 7) {
      case 0:
        if (read_varint(message, at, value) != Varint::Good) return;
        break;
      case 1:
        value = 8;
        break;
      case 2:
        if (read_varint(message, at, value) != Varint::Good || value > message.size() - at) return;
        use(static_cast<int>(tag >> 3), message.substr(at, static_cast<std::size_t>(value)));
        break;
      case 5:
        value = 4;
        break;
      default:
        return;
    }
    if ((tag & 7) != 0) at += static_cast<std::size_t>(std::min<std::uint64_t>(value, message.size() - at));
  }
}

/// The first operator that holds a graph of its own (If, Loop, Scan); empty if none does.
std::string operator_with_a_graph(std::string_view model) {
  constexpr int kGraph = 7, kNode = 1, kOpType = 4, kAttribute = 5, kNested = 6, kNestedList = 11;
  std::string found;
  for_each_bytes_field(model, [&](int in_model, std::string_view graph) {
    if (in_model != kGraph) return;
    for_each_bytes_field(graph, [&](int in_graph, std::string_view node) {
      if (in_graph != kNode || !found.empty()) return;
      std::string op;
      bool nested = false;
      for_each_bytes_field(node, [&](int in_node, std::string_view part) {
        if (in_node == kOpType) op = part;
        if (in_node != kAttribute) return;
        for_each_bytes_field(part, [&](int in_attribute, std::string_view /*value*/) {
          nested = nested || in_attribute == kNested || in_attribute == kNestedList;
        });
      });
      if (nested) found = op;
    });
  });
  return found;
}

}  // namespace

std::vector<std::string_view> bytes_fields(std::string_view message, int field) {
  std::vector<std::string_view> found;
  for_each_bytes_field(message, [&](int number, std::string_view bytes) {
    if (number == field) found.push_back(bytes);
  });
  return found;
}

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
  // Protobuf reads graphs in graphs down to some depth only.
  const std::string op = operator_with_a_graph(bytes);
  return op.empty() ? "" : "operator " + op + " holds graphs that are nested too deeply, or damaged";
}

}  // namespace phasecore::onnx
