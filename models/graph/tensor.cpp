#include "models/graph/tensor.hpp"

namespace phasecore::graph {

long long volume(const Shape& shape) {
  long long product = 1;
  for (int extent : shape) product *= extent;
  return product;
}

std::string to_string(const Shape& shape) {
  std::string text;
  for (int extent : shape) text += (text.empty() ? "" : "x") + std::to_string(extent);
  return text.empty() ? "scalar" : text;
}

}  // namespace phasecore::graph
