// What a tensor's name stands for while a model is read.
#pragma once

#include <onnx/onnx_pb.h>

#include <memory>
#include <string>
#include <vector>

#include "models/onnx/array.hpp"

namespace phasecore::onnx {

/// A node that is put off: whoever can do without it takes `base` in its stead; for all others it is read
/// after all. One of the three says what it does to `base`.
struct View {
  ::onnx::NodeProto node;
  std::string name;         ///< of the layer that it would be
  std::string base;         ///< a tensor of its own for what the node reads
  std::vector<int> order;   ///< Transpose: the input's axis for each of the output's
  std::vector<int> pads;    ///< Pad: zeros above, left, below and right of an image
  std::vector<int> places;  ///< of a vector in another order: for each value the place in `base`
};

/// What a layer delivers, or a constant.
struct Value {
  int layer = -1;
  const ::onnx::TensorProto* stored = nullptr;  ///< a constant of the file
  const Array* computed = nullptr;              ///< a constant that was computed
  /// How many constants the layer has taken up by then. A tensor from before the last one is superseded: its
  /// values exist no more.
  int added = 0;
  /// The layer is also read under another name.
  bool shared = false;
  std::shared_ptr<const View> view;  ///< null: the layer's values as they are

  bool is_constant() const { return stored != nullptr || computed != nullptr; }
};

}  // namespace phasecore::onnx
