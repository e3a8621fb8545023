// Constant tensors of a model, as numbers.
#pragma once

#include <onnx/onnx_pb.h>

#include <string>
#include <vector>

#include "models/graph/network.hpp"
#include "models/onnx/payload.hpp"

namespace phasecore::onnx {

/// A constant that could be read, or why not. Exactly one of the two is filled.
template <class T>
struct Decoded {
  graph::Shape shape;  ///< {} for a scalar
  std::vector<T> values;
  std::string error;
};

/// FLOAT, DOUBLE (rounded to float), FLOAT16 and BFLOAT16 tensors, typed or raw. Sizes are checked before
/// anything is allocated.
/// `payload`: where its raw data are, if not in the message.
Decoded<float> decode_floats(const ::onnx::TensorProto& tensor, const Payload* payload = nullptr);

/// Integers of 8 to 64 bits and truth values, typed or raw.
Decoded<std::int64_t> decode_ints(const ::onnx::TensorProto& tensor, const Payload* payload = nullptr);

/// Is it of one of the types that decode_floats() reads?
bool holds_floats(const ::onnx::TensorProto& tensor);

/// "FLOAT", or the number of a type that this ONNX library does not know.
std::string type_name(const ::onnx::TensorProto& tensor);

/// Bytes of one value in raw data; 0 for types that are not read.
std::size_t bytes_per_value(const ::onnx::TensorProto& tensor);

/// Any numbers, as floats (whole numbers beyond 2^24 are rounded; truth values are 0 and 1).
Decoded<float> decode_numbers(const ::onnx::TensorProto& tensor);

/// Of a tensor's element type: can this program hold its values, and are they whole numbers?
bool is_number(int type);
bool is_integral(int type);

}  // namespace phasecore::onnx
