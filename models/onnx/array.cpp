#include "models/onnx/array.hpp"

#include <limits>

namespace phasecore::onnx {

double number(const Array& array, std::size_t i) {
  return std::visit([&](const auto& values) { return static_cast<double>(values[i]); }, array.values);
}

std::int64_t truncated(double value) {
  constexpr double kBeyond = 9223372036854775808.0;  // 2^63
  if (!(value == value)) return 0;
  if (value >= kBeyond) return std::numeric_limits<std::int64_t>::max();
  if (value < -kBeyond) return std::numeric_limits<std::int64_t>::min();
  return static_cast<std::int64_t>(value);
}

std::vector<long long> strides_of(const graph::Shape& shape) {
  std::vector<long long> strides(shape.size(), 1);
  for (int extent : shape)
    if (extent == 0) return strides;  // no value is anywhere, and the others may be any number
  for (std::size_t d = shape.size(); d-- > 1;) strides[d - 1] = strides[d] * shape[d];
  return strides;
}

std::vector<long long> broadcast_strides(const graph::Shape& from, const graph::Shape& to) {
  std::vector<long long> strides(to.size(), 0);
  const std::vector<long long> own = strides_of(from);
  const std::size_t shift = to.size() - from.size();
  for (std::size_t d = 0; d < from.size(); ++d)
    if (from[d] != 1) strides[shift + d] = own[d];
  return strides;
}

Array strided(const Array& from, graph::Shape shape, long long start, const std::vector<long long>& strides) {
  return std::visit(
      [&](const auto& values) {
        std::decay_t<decltype(values)> picked;
        picked.reserve(static_cast<std::size_t>(graph::volume(shape)));
        for_each_place(shape, start, strides, [&](std::size_t place) { picked.push_back(values[place]); });
        return Array{std::move(shape), std::move(picked)};
      },
      from.values);
}

Array broadcast_to(const Array& from, graph::Shape shape) {
  const auto strides = broadcast_strides(from.shape, shape);
  return strided(from, std::move(shape), 0, strides);
}

Array transposed(const Array& from, const std::vector<int>& order) {
  const std::vector<long long> own = strides_of(from.shape);
  graph::Shape shape;
  std::vector<long long> strides;
  for (int axis : order) {
    shape.push_back(from.shape[axis]);
    strides.push_back(own[axis]);
  }
  return strided(from, std::move(shape), 0, strides);
}

Floats floats_of(const Array& array) {
  if (const auto* floats = std::get_if<Floats>(&array.values)) return *floats;
  const Integers& integers = std::get<Integers>(array.values);
  return Floats(integers.begin(), integers.end());
}

Integers integers_of(const Array& array) {
  if (const auto* integers = std::get_if<Integers>(&array.values)) return *integers;
  Integers result;
  for (float v : std::get<Floats>(array.values)) result.push_back(truncated(v));
  return result;
}

}  // namespace phasecore::onnx
