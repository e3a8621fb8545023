// Tensors that a model keeps in files beside its own.
#pragma once

#include <onnx/onnx_pb.h>

#include <string>

#include "common/diagnostics.hpp"
#include "common/file_parts.hpp"
#include "models/onnx/payload.hpp"

namespace phasecore::onnx {

/// Finds the values of every tensor of `model`, which was read from `path`, that are stored outside: large
/// ones of initializers become payloads, others are filled in. The contents of those files are added to the
/// hash, in the order in which the model first names them. Only regular files in the model's folder and below
/// are read, through no symbolic link. Everything that is wrong is a diagnostic.
void find_external_data(::onnx::ModelProto& model, const std::string& path, Payloads& payloads,
                        common::Sha256& sum, common::Diagnostics& diagnostics);

}  // namespace phasecore::onnx
