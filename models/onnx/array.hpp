// Values of constants while a model is read: numbers or integers (truth values are 0 and 1) with a shape.
#pragma once

#include <cstdint>
#include <utility>
#include <variant>
#include <vector>

#include "models/graph/tensor.hpp"

namespace phasecore::onnx {

using Floats = std::vector<float>;
using Integers = std::vector<std::int64_t>;

struct Array {
  graph::Shape shape;  ///< {} for a scalar; dimensions of 0 are possible
  std::variant<Floats, Integers> values;
  int type = 0;  ///< as the file stores it, of TensorProto's; 0 where it was computed

  bool is_float() const { return std::holds_alternative<Floats>(values); }
  std::size_t size() const {
    return std::visit([](const auto& v) { return v.size(); }, values);
  }
};

/// Distance in memory between neighbours along each dimension.
std::vector<long long> strides_of(const graph::Shape& shape);
/// The same seen from a shape that `from` broadcasts to: 0 along repeated dimensions.
std::vector<long long> broadcast_strides(const graph::Shape& from, const graph::Shape& to);

/// Calls `use(place)` for every value of `shape` in order, with the place in memory that the strides say.
template <class Use>
void for_each_place(const graph::Shape& shape, long long start, const std::vector<long long>& strides,
                    Use use) {
  for (int extent : shape)
    if (extent == 0) return;
  std::vector<int> at(shape.size(), 0);
  long long place = start;
  while (true) {
    use(static_cast<std::size_t>(place));
    std::size_t d = shape.size();
    while (d > 0 && at[d - 1] == shape[d - 1] - 1) {
      --d;
      place -= strides[d] * at[d];
      at[d] = 0;
    }
    if (d == 0) return;
    ++at[d - 1];
    place += strides[d - 1];
  }
}

/// The array of shape `shape` whose values lie in `from` where the strides say: every transposition, slice
/// and repetition.
Array strided(const Array& from, graph::Shape shape, long long start, const std::vector<long long>& strides);
Array broadcast_to(const Array& from, graph::Shape shape);
Array transposed(const Array& from, const std::vector<int>& order);

/// `f(a, b)` of each pair of values, both of shape `shape` after broadcasting.
template <class T, class R, class F>
std::vector<R> zipped(const graph::Shape& shape, const std::vector<T>& a, const graph::Shape& a_shape,
                      const std::vector<T>& b, const graph::Shape& b_shape, F f) {
  std::vector<std::size_t> of_b;
  for_each_place(shape, 0, broadcast_strides(b_shape, shape), [&](std::size_t p) { of_b.push_back(p); });
  std::vector<R> result;
  result.reserve(of_b.size());
  for_each_place(shape, 0, broadcast_strides(a_shape, shape),
                 [&](std::size_t p) { result.push_back(f(a[p], b[of_b[result.size()]])); });
  return result;
}

/// Value number `i`.
double number(const Array& array, std::size_t i);
/// Without its fraction; beyond the range of integers, the nearest; 0 for what is no number.
std::int64_t truncated(double value);

/// As numbers, as integers (truncated).
Floats floats_of(const Array& array);
Integers integers_of(const Array& array);

}  // namespace phasecore::onnx
