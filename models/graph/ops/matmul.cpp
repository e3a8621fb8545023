#include "models/graph/ops/matmul.hpp"

#include "models/graph/product.hpp"
#include "models/graph/strides.hpp"

namespace phasecore::graph {
namespace {

/// Both sides as stacks of matrices: a vector on the left is a row, one on the right a column.
struct Sides {
  Shape a, b;              ///< {rows, columns} of each matrix
  Shape a_stack, b_stack;  ///< what stands before
  bool row = false, column = false;
};

Sides sides_of(const Shape& a, const Shape& b) {
  Sides s;
  s.row = a.size() == 1;
  s.column = b.size() == 1;
  s.a = s.row ? Shape{1, a[0]} : Shape(a.end() - 2, a.end());
  s.b = s.column ? Shape{b[0], 1} : Shape(b.end() - 2, b.end());
  if (!s.row) s.a_stack.assign(a.begin(), a.end() - 2);
  if (!s.column) s.b_stack.assign(b.begin(), b.end() - 2);
  return s;
}

}  // namespace

Shape MatMul::infer_shape(const std::vector<Source>& sources, Findings& findings) const {
  const Sides s = sides_of(*sources[0].shape, *sources[1].shape);
  if (s.a[1] != s.b[0]) {
    findings.add("'" + *sources[0].name + "' (" + to_string(*sources[0].shape) + ") has " +
                 std::to_string(s.a[1]) + " columns, '" + *sources[1].name + "' (" +
                 to_string(*sources[1].shape) + ") has " + std::to_string(s.b[0]) + " rows");
    return {};
  }
  Shape shape = broadcast_shape({{sources[0].name, &s.a_stack}, {sources[1].name, &s.b_stack}}, findings);
  if (!s.row) shape.push_back(s.a[0]);
  if (!s.column) shape.push_back(s.b[1]);
  return shape.empty() ? Shape{1} : shape;
}

void MatMul::run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
                 Scratch& /*scratch*/) const {
  const Sides s = sides_of(*inputs[0].shape, *inputs[1].shape);
  const long long a_size = volume(s.a), b_size = volume(s.b);
  const int rows = s.a[0], depth = s.a[1], columns = s.b[1];
  const std::size_t matrix = (s.row ? 0 : 1) + (s.column ? 0 : 1);
  const Shape stack(shape.begin(), shape.end() - static_cast<std::ptrdiff_t>(std::min(matrix, shape.size())));
  const bool no_stack = s.a_stack.empty() && s.b_stack.empty();
  std::fill_n(out, volume(shape), 0.0f);
  const Shape places = no_stack ? Shape{} : stack;
  for_each_offset<2>(places, {broadcast_strides(s.a_stack, places), broadcast_strides(s.b_stack, places)},
                     {0, 0}, [&](const auto& at) {
                       const float* a = inputs[0].values + at[0] * a_size;
                       const float* b = inputs[1].values + at[1] * b_size;
                       accumulate(ConstMap(a, rows, depth, Eigen::OuterStride<>(depth)),
                                  ConstMap(b, depth, columns, Eigen::OuterStride<>(columns)),
                                  Map(out, rows, columns, Eigen::OuterStride<>(columns)));
                       out += static_cast<long long>(rows) * columns;
                     });
}

}  // namespace phasecore::graph
