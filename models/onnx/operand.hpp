// Tensors of a model as nodes see them. The network computes one sample; the batch is a dimension that a
// tensor has and its layer has not.
#pragma once

#include <optional>

#include "models/graph/tensor.hpp"

namespace phasecore::onnx {

/// A tensor that has no batch: the same for every image.
inline constexpr int kNoBatch = -1;

/// What a node reads.
struct Operand {
  int layer = -1;
  graph::Shape shape;  ///< without the batch; {} is one number, which a layer delivers as {1}
  int batch = 0;       ///< which dimension of the tensor is the batch, or kNoBatch
  bool known = false;  ///< else the shape is not known, and why has been reported
  bool integral = false;

  int rank() const { return static_cast<int>(shape.size()) + (batch == kNoBatch ? 0 : 1); }
};

/// What an output is to those who read it; see Operand.
struct Form {
  int batch = 0;
  bool integral = false;
  std::optional<graph::Shape> shape;  ///< if it is not the layer's
};

/// An operand as channels, rows and columns. Lines ({C, L}) become images of one row.
struct Image {
  int layer = -1;
  graph::Shape shape;  ///< {C, H, W}; empty while unknown
  bool is_line = false;
};

}  // namespace phasecore::onnx
