// Dense values with a shape.
#pragma once

#include <string>
#include <vector>

namespace phasecore::graph {

/// Dimensions of one sample, without the batch: {C, H, W} for images, {F} for vectors.
using Shape = std::vector<int>;

/// Number of values in a shape.
long long volume(const Shape& shape);
std::string to_string(const Shape& shape);  ///< "16x28x28"

/// Dense values in C order.
struct Tensor {
  Shape shape;
  std::vector<float> values;
  bool empty() const { return values.empty(); }
};

}  // namespace phasecore::graph
