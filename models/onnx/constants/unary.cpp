// Functions of one constant, value by value.
#include <algorithm>
#include <cmath>

#include "models/onnx/node_reader.hpp"
#include "models/onnx/simplification.hpp"

namespace phasecore::onnx {
namespace {

using Float = float (*)(float);
using Integer = std::int64_t (*)(std::int64_t);

void compute(NodeReader& reader, Float on_floats, Integer on_integers) {
  reader.expect_inputs(1, 1);
  auto array = reader.ok() ? reader.array(0, "input") : std::nullopt;
  if (!array || !reader.may_compute(array->shape)) return reader.give_up();
  if (on_integers != nullptr && !array->is_float()) {
    Integers& values = std::get<Integers>(array->values);
    std::transform(values.begin(), values.end(), values.begin(), on_integers);
    return reader.define(std::move(*array));
  }
  Floats values = floats_of(*array);
  std::transform(values.begin(), values.end(), values.begin(), on_floats);
  reader.define({array->shape, std::move(values)});
}

/// Of a float as of an integer: not 0 means true.
void read_not(NodeReader& reader) {
  reader.expect_inputs(1, 1);
  const auto array = reader.ok() ? reader.array(0, "input") : std::nullopt;
  if (!array || !reader.may_compute(array->shape)) return reader.give_up();
  Integers values = integers_of(*array);
  for (auto& v : values) v = v == 0;
  reader.define({array->shape, std::move(values)});
}

constexpr int kFloat = 1, kInt32 = 6, kInt64 = 7, kFloat16 = 10, kDouble = 11, kBfloat16 = 16;
constexpr int kUint8 = 2, kInt8 = 3, kUint16 = 4, kInt16 = 5, kBool = 9, kUint32 = 12, kUint64 = 13;

/// Integers of fewer bits wrap around.
std::int64_t narrowed(std::int64_t value, int type) {
  switch (type) {
    case kUint8:
      return static_cast<std::uint8_t>(value);
    case kInt8:
      return static_cast<std::int8_t>(value);
    case kUint16:
      return static_cast<std::uint16_t>(value);
    case kInt16:
      return static_cast<std::int16_t>(value);
    case kUint32:
      return static_cast<std::uint32_t>(value);
    case kInt32:
      return static_cast<std::int32_t>(value);
    default:
      return value;
  }
}

void read_cast(NodeReader& reader) {
  reader.expect_inputs(1, 1);
  const int to = reader.attributes().integer("to", 0);
  for (const char* name : {"saturate", "round_mode"}) reader.attributes().ignore(name);  // of 8-bit floats
  const auto array = reader.ok() ? reader.array(0, "input") : std::nullopt;
  if (!array || !reader.may_compute(array->shape)) return reader.give_up();
  switch (to) {
    case kFloat:
    case kFloat16:
    case kBfloat16:
    case kDouble:
      return reader.define({array->shape, floats_of(*array)});
    case kBool: {
      Integers values;
      for (float v : floats_of(*array)) values.push_back(v != 0);
      return reader.define({array->shape, std::move(values)});
    }
    case kUint8:
    case kInt8:
    case kUint16:
    case kInt16:
    case kUint32:
    case kInt32:
    case kUint64:
    case kInt64: {
      Integers values = integers_of(*array);
      for (auto& v : values) v = narrowed(v, to);
      return reader.define({array->shape, std::move(values)});
    }
    default:
      reader.problem("cannot cast to type " + std::to_string(to));
      reader.give_up();
  }
}

}  // namespace

void register_unary(Evaluators& evaluators) {
  const auto computes = [&](const char* op, Float on_floats, Integer on_integers = nullptr) {
    evaluators.evaluates(op, [=](NodeReader& reader) { compute(reader, on_floats, on_integers); });
  };
  computes(
      "Abs", [](float v) { return std::fabs(v); },
      [](std::int64_t v) {
        return v < 0 ? static_cast<std::int64_t>(0 - static_cast<std::uint64_t>(v)) : v;
      });
  computes(
      "Neg", [](float v) { return -v; },
      [](std::int64_t v) { return static_cast<std::int64_t>(0 - static_cast<std::uint64_t>(v)); });
  computes(
      "Sign", [](float v) { return static_cast<float>((v > 0) - (v < 0)); },
      [](std::int64_t v) { return static_cast<std::int64_t>((v > 0) - (v < 0)); });
  const Integer same = [](std::int64_t v) { return v; };
  computes(
      "Floor", [](float v) { return std::floor(v); }, same);
  computes(
      "Ceil", [](float v) { return std::ceil(v); }, same);
  computes(
      "Round", [](float v) { return std::nearbyint(v); }, same);
  computes(
      "Relu", [](float v) { return std::max(v, 0.0f); },
      [](std::int64_t v) { return std::max<std::int64_t>(v, 0); });
  computes("Sqrt", [](float v) { return std::sqrt(v); });
  computes("Exp", [](float v) { return std::exp(v); });
  computes("Log", [](float v) { return std::log(v); });
  computes("Reciprocal", [](float v) { return 1 / v; });
  computes("Sigmoid", [](float v) { return 1 / (1 + std::exp(-v)); });
  computes("Tanh", [](float v) { return std::tanh(v); });
  computes("Erf", [](float v) { return std::erf(v); });
  computes("Sin", [](float v) { return std::sin(v); });
  computes("Cos", [](float v) { return std::cos(v); });
  evaluators.evaluates("Not", read_not);
  evaluators.evaluates("Cast", read_cast);
}

}  // namespace phasecore::onnx
