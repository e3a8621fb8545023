// Constant tensors of a model, as numbers.
#pragma once

#include <onnx/onnx_pb.h>

#include <string>
#include <vector>

#include "models/graph/network.hpp"

namespace phasecore::onnx {

/// A constant that could be read, or why not. Exactly one of the two is filled.
template <class T>
struct Decoded {
  graph::Shape shape;  ///< {} for a scalar
  std::vector<T> values;
  std::string error;
};

/// FLOAT, DOUBLE (rounded to float) and FLOAT16 tensors, typed or raw. Sizes are checked before anything is
/// allocated.
Decoded<float> decode_floats(const ::onnx::TensorProto& tensor);

/// INT64 and INT32 tensors, typed or raw.
Decoded<std::int64_t> decode_ints(const ::onnx::TensorProto& tensor);

}  // namespace phasecore::onnx
