#include "models/graph/operator.hpp"

#include <cmath>

namespace phasecore::graph {

void Findings::add(const std::string& what) {
  diagnostics_.add(where_, label_ + ": " + what);
  ok_ = false;
}

void Operator::check(Findings& /*findings*/) const {}

long long Operator::macs(const Shape& /*out*/) const {
  return 0;
}

std::vector<NamedTensor<Tensor>> Operator::own_tensors() {
  return {};
}

std::vector<NamedTensor<const Tensor>> Operator::tensors() const {
  std::vector<NamedTensor<const Tensor>> all;
  // The list is the same, and nothing is changed through it.
  for (const auto& t : const_cast<Operator*>(this)->own_tensors())
    all.push_back({t.name, t.values, t.start, t.trained});
  return all;
}

const Tensor* find_tensor(const Operator& op, const std::string& name) {
  for (const auto& tensor : op.tensors())
    if (name == tensor.name) return tensor.values;
  return nullptr;
}

void check_tensor(const std::string& what, const Tensor& tensor, const Shape& expected, Findings& findings) {
  if (tensor.shape != expected)
    return findings.add(what + " of shape " + to_string(tensor.shape) + " must be " + to_string(expected));
  if (static_cast<long long>(tensor.values.size()) != volume(expected))
    return findings.add(what + " of shape " + to_string(tensor.shape) + " has " +
                        std::to_string(tensor.values.size()) + " values");
  for (std::size_t i = 0; i < tensor.values.size(); ++i)
    if (!std::isfinite(tensor.values[i]))
      return findings.add(what + " hold " + (std::isnan(tensor.values[i]) ? "nan" : "infinity") +
                          " at index " + std::to_string(i));
}

bool needs_image(const Source& source, Findings& findings) {
  if (source.shape->size() == 3) return true;
  findings.add("needs an image (channels x height x width), '" + *source.name + "' delivers " +
               to_string(*source.shape));
  return false;
}

long long bounded_volume(const Shape& shape) {
  long long product = 1;
  for (int extent : shape) {
    product *= extent;
    if (product > kMaxValues) return kMaxValues + 1;
  }
  return product;
}

void check_given_shape(const Shape& shape, Findings& findings) {
  if (shape.empty()) findings.add("has no shape");
  for (int extent : shape)
    if (extent < 1)
      return findings.add("shape " + to_string(shape) +
                          " holds no values; every dimension must be at least 1");
}

}  // namespace phasecore::graph
