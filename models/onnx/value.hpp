// What a tensor's name stands for while a model is read.
#pragma once

#include <onnx/onnx_pb.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/graph/ops/quantize.hpp"
#include "models/onnx/array.hpp"
#include "models/onnx/operand.hpp"

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

/// The codes of a tensor.
struct TensorCodes {
  graph::Codes codes;          ///< where there are several, those of the largest values
  Floats scales, zero_points;  ///< one for each row of dimension `axis`; empty: the same for all
  int axis = 0;                ///< without the batch

  bool are_by_row() const { return !scales.empty(); }
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
  int batch = 0;                     ///< which dimension of the tensor is the batch, or kNoBatch
  bool integral = false;             ///< whole numbers by their type: indices, truth values
  /// The other dimensions, where the layer delivers them in another shape: {} for {1}, {C, L} for {C, 1, L}.
  std::optional<graph::Shape> shape;
  /// The tensor has these codes; the layer, the values that they stand for.
  std::optional<TensorCodes> codes;

  /// One image after the other, as the layer delivers them.
  bool is_plain() const { return batch == 0 && !integral && !shape && !codes; }
  bool is_constant() const { return stored != nullptr || computed != nullptr; }
};

}  // namespace phasecore::onnx
