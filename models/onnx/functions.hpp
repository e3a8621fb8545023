// Functions that a model defines itself, as newer exporters do for what ONNX has no operator for.
#pragma once

#include <onnx/onnx_pb.h>

#include <string>

#include "common/diagnostics.hpp"

namespace phasecore::onnx {

/// Puts the nodes of a function in the place of every node that calls it, in graphs within graphs, too. What
/// is wrong is added to `diagnostics`.
void write_functions_out(::onnx::ModelProto& model, const std::string& file_name,
                         common::Diagnostics& diagnostics);

}  // namespace phasecore::onnx
