#include <onnx/onnx_pb.h>

#include "common/files.hpp"
#include "models/onnx/external.hpp"
#include "models/onnx/importer.hpp"
#include "models/onnx/onnx.hpp"
#include "models/onnx/wire.hpp"

namespace phasecore::onnx {
namespace {

::onnx::ModelProto unpack(const std::string& bytes, const std::string& file_name) {
  ::onnx::ModelProto model;
  common::Diagnostics diagnostics;
  const bool parsed = !bytes.empty() && model.ParseFromString(bytes);
  if (!parsed || !model.has_graph()) {
    std::string why = explain_unreadable(bytes);
    if (why.empty()) why = parsed ? "the ONNX model has no graph" : "the ONNX model is damaged inside";
    diagnostics.add({file_name, 0, 0}, why);
  }
  diagnostics.raise_if_any();
  return model;
}

}  // namespace

graph::Network parse(const std::string& bytes, const std::string& file_name) {
  const ::onnx::ModelProto model = unpack(bytes, file_name);
  return Importer(model, file_name).run();
}

File read_file(const std::string& path) {
  std::string bytes = common::read_file(path);
  ::onnx::ModelProto model = unpack(bytes, path);
  common::Diagnostics diagnostics;
  bytes += load_external_data(model, path, diagnostics);
  diagnostics.raise_if_any();
  return {Importer(model, path).run(), common::sha256(bytes)};
}

graph::Network read(const std::string& path) {
  return read_file(path).network;
}

}  // namespace phasecore::onnx
