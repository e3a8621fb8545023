#include "common/files.hpp"
#include "models/onnx/importer.hpp"
#include "models/onnx/onnx.hpp"
#include "models/onnx/wire.hpp"

namespace phasecore::onnx {

graph::Network parse(const std::string& bytes, const std::string& file_name) {
  ::onnx::ModelProto model;
  common::Diagnostics diagnostics;
  const bool parsed = !bytes.empty() && model.ParseFromString(bytes);
  if (!parsed || !model.has_graph()) {
    std::string why = explain_unreadable(bytes);
    if (why.empty()) why = parsed ? "the ONNX model has no graph" : "the ONNX model is damaged inside";
    diagnostics.add({file_name, 0, 0}, why);
  }
  diagnostics.raise_if_any();
  return Importer(model, file_name).run();
}

graph::Network read(const std::string& path) {
  return parse(common::read_file(path), path);
}

}  // namespace phasecore::onnx
