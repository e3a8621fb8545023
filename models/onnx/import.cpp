#include <onnx/onnx_pb.h>

#include <exception>

#include "common/file_parts.hpp"
#include "common/files.hpp"
#include "models/onnx/external.hpp"
#include "models/onnx/functions.hpp"
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

/// A model and what it has outside of its messages.
struct Stored {
  ::onnx::ModelProto model;
  Payloads payloads;
  std::string sha256;
};

Stored load(const std::string& path) {
  Stored stored;
  common::Sha256 sum;
  if (read_without_payloads(path, stored.model, stored.payloads)) {
    sum.add_file(path);
  } else {
    stored.payloads.clear();
    const std::string bytes = common::read_file(path);
    sum.add(bytes);
    stored.model = unpack(bytes, path);
  }
  common::Diagnostics diagnostics;
  write_functions_out(stored.model, path, diagnostics);
  diagnostics.raise_if_any();
  find_external_data(stored.model, path, stored.payloads, sum, diagnostics);
  diagnostics.raise_if_any();
  stored.sha256 = sum.hex();
  return stored;
}

/// A model whose first dimension is no batch is read so if it can be. If not, what was wrong with it as one
/// with a batch is what its author wants to know; but where a node found the batch in a wrong place and finds
/// it otherwise, what is wrong otherwise.
graph::Network network_of(const ::onnx::ModelProto& model, const std::string& file_name,
                          const Payloads& payloads) {
  std::exception_ptr wrong;
  bool is_misplaced = false;
  for (const auto first : {FirstDimension::Batch, FirstDimension::Part, FirstDimension::Steps}) {
    Importer importer(model, file_name, payloads, first);
    try {
      return importer.run();
    } catch (const common::InputError&) {
      if (first == FirstDimension::Batch) is_misplaced = importer.batch_is_misplaced();
      if (first == FirstDimension::Batch || (is_misplaced && !importer.batch_is_misplaced()))
        wrong = std::current_exception();
    }
  }
  std::rethrow_exception(wrong);
}

}  // namespace

graph::Network parse(const std::string& bytes, const std::string& file_name) {
  ::onnx::ModelProto model = unpack(bytes, file_name);
  common::Diagnostics diagnostics;
  write_functions_out(model, file_name, diagnostics);
  diagnostics.raise_if_any();
  return network_of(model, file_name, {});
}

File read_file(const std::string& path) {
  const Stored stored = load(path);
  return {network_of(stored.model, path, stored.payloads), stored.sha256};
}

graph::Network read(const std::string& path) {
  return read_file(path).network;
}

}  // namespace phasecore::onnx
