#include "models/onnx/input_axes.hpp"

#include <sstream>

#include "models/onnx/array.hpp"
#include "models/onnx/metadata.hpp"

namespace phasecore::onnx {
namespace {

/// For each axis of the input, the batch among them, that of the exported model; empty: the same.
std::vector<int> axes_of_input(const graph::Network& network) {
  const auto found = network.metadata.find(kInputAxes);
  std::vector<int> axes;
  if (found == network.metadata.end()) return axes;
  std::istringstream text(found->second);
  for (int axis = 0; text >> axis;) axes.push_back(axis);
  return axes;
}

}  // namespace

graph::Shape exported_input_shape(const graph::Network& network) {
  const graph::Shape& own = network.input().shape;
  const std::vector<int> axes = axes_of_input(network);
  graph::Shape shape = own;
  for (std::size_t d = 1; d < axes.size(); ++d) shape[axes[d] - 1] = own[d - 1];
  return shape;
}

graph::Batch in_network_axes(const graph::Network& network, graph::Batch batch) {
  const std::vector<int> axes = axes_of_input(network);
  if (axes.empty() || batch.shape != exported_input_shape(network)) return batch;
  graph::Shape shape{batch.samples};
  shape.insert(shape.end(), batch.shape.begin(), batch.shape.end());
  Array moved = transposed({std::move(shape), std::move(batch.values)}, axes);
  return {batch.samples, network.input().shape, std::get<Floats>(std::move(moved.values))};
}

}  // namespace phasecore::onnx
