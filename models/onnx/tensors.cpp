#include "models/onnx/tensors.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <cstring>
#include <limits>
#include <string_view>

#include "common/diagnostics.hpp"
#include "common/file_parts.hpp"

namespace phasecore::onnx {
namespace {

using ::onnx::TensorProto;

template <class T>
Decoded<T> failed(const std::string& why) {
  Decoded<T> result;
  result.error = why;
  return result;
}

/// The shape and how many values it holds; an error text for negative or overlong dimensions.
std::string read_shape(const TensorProto& tensor, graph::Shape& shape, std::size_t& count) {
  count = 1;
  for (const auto extent : tensor.dims()) {
    if (extent < 0 || extent > std::numeric_limits<int>::max())
      return "has a dimension of " + std::to_string(extent);
    shape.push_back(static_cast<int>(extent));
    if (extent > 0 && count > std::numeric_limits<std::size_t>::max() / static_cast<std::size_t>(extent))
      return "has dimensions whose product overflows";
    count *= static_cast<std::size_t>(extent);
  }
  return "";
}

/// A tensor's raw data, in its message or in a file.
class Raw {
 public:
  Raw(const TensorProto& tensor, const Payload* payload) : tensor_(tensor), payload_(payload) {}

  const TensorProto& tensor() const { return tensor_; }
  bool is_there() const { return payload_ != nullptr || tensor_.has_raw_data(); }
  std::size_t bytes() const {
    return payload_ != nullptr ? static_cast<std::size_t>(payload_->bytes) : tensor_.raw_data().size();
  }

  /// `use(bytes)` for one block after the other, of whole values.
  template <class Use>
  void for_each_block(Use use) const {
    if (payload_ == nullptr) return use(std::string_view(tensor_.raw_data()));
    std::string block(std::min(bytes(), std::size_t{1} << 16), '\0');
    for (std::size_t at = 0; at < bytes(); at += block.size()) {
      const std::size_t wanted = std::min(block.size(), bytes() - at);
      if (common::read_part(payload_->path, payload_->offset + at, block.data(), wanted) != wanted)
        throw common::EnvironmentError("'" + payload_->path + "' became shorter while it was read");
      use(std::string_view(block.data(), wanted));
    }
  }

 private:
  const TensorProto& tensor_;
  const Payload* payload_;
};

/// Values stored one after the other as `Stored` in raw_data.
template <class Stored, class T, class Convert>
void read_raw(const Raw& raw, std::vector<T>& values, Convert convert) {
  values.resize(raw.bytes() / sizeof(Stored));
  T* out = values.data();
  raw.for_each_block([&](std::string_view block) {
    for (std::size_t at = 0; at < block.size(); at += sizeof(Stored)) {
      Stored stored{};
      std::memcpy(&stored, block.data() + at, sizeof(Stored));
      *out++ = convert(stored);
    }
  });
}

template <class Stored, class Field, class T, class Convert>
void read_values(const Raw& raw, const Field& field, std::vector<T>& values, Convert convert) {
  if (raw.is_there()) return read_raw<Stored>(raw, values, convert);
  values.reserve(static_cast<std::size_t>(field.size()));
  for (const auto v : field) values.push_back(convert(static_cast<Stored>(v)));
}

float from_half(std::uint16_t bits) {
  return static_cast<float>(Eigen::numext::bit_cast<Eigen::half>(bits));
}

float from_brain_float(std::uint16_t bits) {
  return Eigen::numext::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

/// What is the same for every type: checks before and after `read` fills in the values.
template <class T, class Read>
Decoded<T> decode(const Raw& raw, std::size_t bytes_per_value, Read read) {
  const TensorProto& tensor = raw.tensor();
  if (tensor.data_location() == TensorProto::EXTERNAL || tensor.external_data_size() > 0)
    return failed<T>("is stored in an external file, which is read only beside a model's own file");
  if (tensor.has_segment()) return failed<T>("is stored in segments, which are not supported");
  Decoded<T> result;
  std::size_t count = 0;
  const std::string bad_shape = read_shape(tensor, result.shape, count);
  if (!bad_shape.empty()) return failed<T>(bad_shape);
  if (raw.is_there() && raw.bytes() % bytes_per_value != 0)
    return failed<T>("has " + std::to_string(raw.bytes()) + " bytes, which is no multiple of " +
                     std::to_string(bytes_per_value));
  read(result.values);
  if (result.values.size() != count)
    return failed<T>("of shape " + graph::to_string(result.shape) + " holds " +
                     std::to_string(result.values.size()) + " values instead of " + std::to_string(count));
  return result;
}

template <class Stored, class Field>
Decoded<std::int64_t> decode_integers(const Raw& raw, const Field& field) {
  return decode<std::int64_t>(raw, sizeof(Stored), [&](std::vector<std::int64_t>& values) {
    read_values<Stored>(raw, field, values, [](Stored v) { return static_cast<std::int64_t>(v); });
  });
}

}  // namespace

std::string type_name(const TensorProto& tensor) {
  return TensorProto::DataType_IsValid(tensor.data_type())
             ? TensorProto::DataType_Name(static_cast<TensorProto::DataType>(tensor.data_type()))
             : std::to_string(tensor.data_type());
}

std::size_t bytes_per_value(const TensorProto& tensor) {
  switch (tensor.data_type()) {
    case TensorProto::BOOL:
    case TensorProto::INT8:
    case TensorProto::UINT8:
      return 1;
    case TensorProto::INT16:
    case TensorProto::UINT16:
    case TensorProto::FLOAT16:
    case TensorProto::BFLOAT16:
      return 2;
    case TensorProto::INT32:
    case TensorProto::UINT32:
    case TensorProto::FLOAT:
      return 4;
    case TensorProto::INT64:
    case TensorProto::UINT64:
    case TensorProto::DOUBLE:
      return 8;
    default:
      return 0;
  }
}

bool holds_floats(const TensorProto& tensor) {
  const int type = tensor.data_type();
  return type == TensorProto::FLOAT || type == TensorProto::DOUBLE || type == TensorProto::FLOAT16 ||
         type == TensorProto::BFLOAT16;
}

Decoded<float> decode_floats(const TensorProto& tensor, const Payload* payload) {
  const Raw raw(tensor, payload);
  switch (tensor.data_type()) {
    case TensorProto::FLOAT:
      return decode<float>(raw, 4, [&](std::vector<float>& values) {
        read_values<float>(raw, tensor.float_data(), values, [](float v) { return v; });
      });
    case TensorProto::DOUBLE:
      return decode<float>(raw, 8, [&](std::vector<float>& values) {
        read_values<double>(raw, tensor.double_data(), values,
                            [](double v) { return static_cast<float>(v); });
      });
    case TensorProto::FLOAT16:
      return decode<float>(raw, 2, [&](std::vector<float>& values) {
        read_values<std::uint16_t>(raw, tensor.int32_data(), values, from_half);
      });
    case TensorProto::BFLOAT16:
      return decode<float>(raw, 2, [&](std::vector<float>& values) {
        read_values<std::uint16_t>(raw, tensor.int32_data(), values, from_brain_float);
      });
    default:
      return failed<float>("is of type " + type_name(tensor) +
                           "; must be FLOAT, DOUBLE, FLOAT16 or BFLOAT16");
  }
}

Decoded<std::int64_t> decode_ints(const TensorProto& tensor, const Payload* payload) {
  const Raw raw(tensor, payload);
  switch (tensor.data_type()) {
    case TensorProto::INT64:
      return decode_integers<std::int64_t>(raw, tensor.int64_data());
    case TensorProto::INT32:
      return decode_integers<std::int32_t>(raw, tensor.int32_data());
    case TensorProto::INT16:
      return decode_integers<std::int16_t>(raw, tensor.int32_data());
    case TensorProto::INT8:
      return decode_integers<std::int8_t>(raw, tensor.int32_data());
    case TensorProto::UINT64:
      return decode_integers<std::uint64_t>(raw, tensor.uint64_data());
    case TensorProto::UINT32:
      return decode_integers<std::uint32_t>(raw, tensor.uint64_data());
    case TensorProto::UINT16:
      return decode_integers<std::uint16_t>(raw, tensor.int32_data());
    case TensorProto::UINT8:
    case TensorProto::BOOL:
      return decode_integers<std::uint8_t>(raw, tensor.int32_data());
    default:
      return failed<std::int64_t>("is of type " + type_name(tensor) + "; must be integers or BOOL");
  }
}

Decoded<float> decode_numbers(const TensorProto& tensor) {
  if (!is_integral(tensor.data_type())) return decode_floats(tensor);
  const auto whole = decode_ints(tensor);
  return {whole.shape, {whole.values.begin(), whole.values.end()}, whole.error};
}

bool is_integral(int type) {
  TensorProto tensor;
  tensor.set_data_type(type);
  return bytes_per_value(tensor) != 0 && !holds_floats(tensor);
}

bool is_number(int type) {
  TensorProto tensor;
  tensor.set_data_type(type);
  return bytes_per_value(tensor) != 0;
}

}  // namespace phasecore::onnx
