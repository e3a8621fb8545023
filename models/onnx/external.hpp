// Tensors that a model keeps in files beside its own.
#pragma once

#include <onnx/onnx_pb.h>

#include <string>

#include "common/diagnostics.hpp"

namespace phasecore::onnx {

/// Fills in the values of every tensor of `model`, which was read from `path`, that are stored outside.
/// Returns the contents of those files one after the other, in the order in which the model first names
/// them. Only regular files in the model's folder and below are read, through no symbolic link. Everything
/// that is wrong is a diagnostic.
std::string load_external_data(::onnx::ModelProto& model, const std::string& path,
                               common::Diagnostics& diagnostics);

}  // namespace phasecore::onnx
