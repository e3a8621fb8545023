// Attributes of one node: every one is asked for with its type, what nobody asked for is refused.
#pragma once

#include <onnx/onnx_pb.h>

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace phasecore::onnx {

class Attributes {
 public:
  /// `problem` is told what is wrong, e.g. "attribute 'strides' must be a list of integers".
  Attributes(const ::onnx::NodeProto& node, std::function<void(const std::string&)> problem);

  /// Values of an attribute, or the default if it is absent or was reported as wrong. Integers outside of
  /// int's range are wrong: nothing this program does has a use for them.
  int integer(const std::string& name, int otherwise);
  float real(const std::string& name, float otherwise);
  std::string text(const std::string& name, const std::string& otherwise);
  /// `count` values.
  std::vector<int> integers(const std::string& name, std::size_t count, int otherwise);
  /// Any number of values; none if the attribute is absent.
  std::optional<std::vector<int>> integers(const std::string& name);
  /// Any number of real values; none if the attribute is absent.
  std::vector<float> reals(const std::string& name);
  const ::onnx::AttributeProto* find(const std::string& name);

  /// The attribute does not matter here.
  void ignore(const std::string& name) { known_.insert(name); }
  /// Reports every attribute nobody asked for.
  void refuse_others();

 private:
  const ::onnx::AttributeProto* find(const std::string& name, int type, const char* type_text);
  bool to_int(const std::string& name, long long wide, int& value);

  const ::onnx::NodeProto& node_;
  std::function<void(const std::string&)> problem_;
  std::set<std::string> known_;
};

}  // namespace phasecore::onnx
