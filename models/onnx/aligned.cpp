#include "models/onnx/aligned.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "models/graph/ops/add.hpp"
#include "models/graph/ops/arithmetic.hpp"
#include "models/graph/ops/constant.hpp"
#include "models/graph/ops/matmul.hpp"
#include "models/graph/ops/reshape.hpp"

namespace phasecore::onnx {
namespace {

using graph::Layer;

class Aligning {
 public:
  explicit Aligning(const graph::Network& network) : from_(network), place_(network.layers.size(), -1) {
    for (const Layer& layer : network.layers) names_.insert(layer.name);
  }

  std::optional<graph::Network> run() {
    for (std::size_t i = 0; i < from_.layers.size(); ++i)
      if (!from_.layers[i].is<graph::Constant>()) add(static_cast<int>(i));
    if (!any_) return std::nullopt;
    graph::Network to = from_;
    to.layers = std::move(layers_);
    for (int& output : to.outputs) output = place_[output];
    return to;
  }

 private:
  void add(int index) {
    Layer layer = from_.layers[index];
    std::vector<int> aligned;  // of each input, the Reshape before it
    for (const int input : layer.inputs) aligned.push_back(reshaped(layer, input));
    for (std::size_t i = 0; i < layer.inputs.size(); ++i) {
      int& input = layer.inputs[i];
      if (place_[input] < 0) push(input, from_.layers[input]);  // a constant
      input = aligned[i] >= 0 ? aligned[i] : place_[input];
    }
    push(index, std::move(layer));
  }

  void push(int index, Layer layer) {
    place_[index] = static_cast<int>(layers_.size());
    layers_.push_back(std::move(layer));
  }

  /// The number of a layer that gives this input of `reader` as many dimensions as the others have; -1 where
  /// none is needed.
  int reshaped(const Layer& reader, int input) {
    const Layer& layer = from_.layers[input];
    const std::size_t rank = layer.shape.size();
    const bool broadcasts = reader.is<graph::Add>() || reader.is<graph::Arithmetic>() ||
                            (reader.is<graph::MatMul>() && rank > 1);  // there a vector is a row or a column
    std::size_t most = rank;
    for (const int other : reader.inputs) most = std::max(most, from_.layers[other].shape.size());
    if (!broadcasts || layer.is<graph::Constant>() || rank == most) return -1;
    any_ = true;
    graph::Shape shape(most - rank, 1);
    shape.insert(shape.end(), layer.shape.begin(), layer.shape.end());
    std::string name = reader.name + ".aligned";
    while (!names_.insert(name).second) name += "_";
    Layer& added =
        layers_.emplace_back(std::move(name), graph::Reshape(shape), std::vector<int>{place_[input]});
    added.shape = std::move(shape);
    return static_cast<int>(layers_.size()) - 1;
  }

  const graph::Network& from_;
  std::vector<Layer> layers_;
  std::vector<int> place_;  ///< in layers_ of each layer; -1: not yet
  std::set<std::string> names_;
  bool any_ = false;
};

}  // namespace

std::optional<graph::Network> with_aligned_operands(const graph::Network& network) {
  return Aligning(network).run();
}

}  // namespace phasecore::onnx
