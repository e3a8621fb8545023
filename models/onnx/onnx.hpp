// ONNX in and out.
//
// Metadata contract (model metadata_props, written and read):
//   phasecore.input_range.<tensor>   decimal number: largest |value| of that tensor an INT8 code has to
//   represent phasecore.recipe                 text: the training settings as YAML phasecore.<anything else>
//   kept as it is
// <tensor> is the ONNX name of a layer's output; Network::ranges is keyed by layer name.
#pragma once

#include <string>

#include "models/graph/network.hpp"

namespace phasecore::onnx {

/// Reads a model. Opsets 7 to 24; a symbolic or negative batch dimension is taken as 1. What can be computed
/// while reading is, and what needs no layer gets none (simplification.hpp); attributes are checked before
/// anything trusts them (a stride of 0 kills ONNX's own shape inference). Throws InputError with all
/// problems: no such file, empty, truncated, not ONNX, node and operator not supported, NaN or infinite
/// weights, zero sizes, shapes that do not fit. Batch norms stay as they are (graph::fold()).
graph::Network read(const std::string& path);
/// From memory: tensors in files beside the model are refused.
graph::Network parse(const std::string& bytes, const std::string& file_name);

struct File {
  graph::Network network;
  std::string sha256;  ///< of the file and those beside it that hold its tensors, one after the other
};
File read_file(const std::string& path);

/// Writes a model (opset 13, IR 8) that read() turns back into an equal network.
std::string serialize(const graph::Network& network);
/// For a checksum of what a network is before it is trained: no values of weights (NodeWriter::weights()), so
/// nothing that read() takes.
std::string serialize_without_weights(const graph::Network& network);

}  // namespace phasecore::onnx
