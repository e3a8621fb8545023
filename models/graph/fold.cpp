#include <cmath>
#include <set>

#include "models/graph/network.hpp"

namespace phasecore::graph {
namespace {

/// A batch norm at inference is y = factor * x + offset per channel; computed in double, as it is applied to
/// weights.
struct Affine {
  std::vector<double> factor, offset;
};

Affine affine_of(const Layer& norm) {
  Affine a;
  for (std::size_t c = 0; c < norm.scale.values.size(); ++c) {
    const double factor = norm.scale.values[c] / std::sqrt(static_cast<double>(norm.variance.values[c]) +
                                                           static_cast<double>(norm.epsilon));
    a.factor.push_back(factor);
    a.offset.push_back(norm.bias.values[c] - factor * norm.mean.values[c]);
  }
  return a;
}

void apply(const Affine& a, Layer& layer) {
  const std::size_t outputs = a.factor.size();
  const std::size_t per_output = layer.weights.values.size() / outputs;
  const bool had_bias = !layer.bias.empty();
  layer.bias.shape = {static_cast<int>(outputs)};
  layer.bias.values.resize(outputs);
  for (std::size_t o = 0; o < outputs; ++o) {
    for (std::size_t k = 0; k < per_output; ++k) {
      float& w = layer.weights.values[o * per_output + k];
      w = static_cast<float>(w * a.factor[o]);
    }
    const double bias = had_bias ? layer.bias.values[o] : 0.0;
    layer.bias.values[o] = static_cast<float>(bias * a.factor[o] + a.offset[o]);
  }
}

/// Copies a network layer by layer, leaving out or replacing some.
class Folder {
 public:
  explicit Folder(const Network& network) : from_(network), readers_(network.consumers()) {
    for (int output : from_.outputs) is_output_.insert(output);
    for (const Layer& layer : from_.layers) names_.insert(layer.name);
  }

  Network run() {
    into_.name = from_.name;
    into_.ranges = from_.ranges;
    into_.metadata = from_.metadata;
    for (int i = 0; i < static_cast<int>(from_.layers.size()); ++i) place_.push_back(convert(i));
    for (int output : from_.outputs) into_.outputs.push_back(place_[output]);
    return build(std::move(into_));
  }

 private:
  int convert(int i) {
    const Layer& layer = from_.layers[i];
    const int source = layer.inputs.empty() ? -1 : layer.inputs[0];
    if (layer.op == Op::BatchNorm) {
      const Op before = from_.layers[source].op;
      const bool alone = readers_[source].size() == 1 && is_output_.count(source) == 0;
      if (alone && (before == Op::Conv || before == Op::Gemm)) return merge(layer, place_[source]);
      return layer.shape.size() == 3 ? append(depthwise(layer, place_[source]))
                                     : convert_vector_norm(layer, place_[source]);
    }
    const bool reshapes = layer.op == Op::Flatten || layer.op == Op::Reshape;
    if (reshapes && layer.shape == from_.layers[source].shape && is_output_.count(i) == 0) {
      move_range(layer.name, into_.layers[place_[source]].name, false);
      return place_[source];
    }
    Layer copy = layer;
    for (int& input : copy.inputs) input = place_[input];
    return append(std::move(copy));
  }

  int append(Layer layer) {
    into_.layers.push_back(std::move(layer));
    return static_cast<int>(into_.layers.size()) - 1;
  }

  /// The merged layer keeps the convolution's name; what it delivers now is what the batch norm delivered.
  int merge(const Layer& norm, int target) {
    apply(affine_of(norm), into_.layers[target]);
    into_.ranges.erase(into_.layers[target].name);
    move_range(norm.name, into_.layers[target].name, true);
    return target;
  }

  void move_range(const std::string& from, const std::string& to, bool replace) {
    const auto found = into_.ranges.find(from);
    if (found == into_.ranges.end()) return;
    const double range = found->second;
    into_.ranges.erase(found);
    if (replace || into_.ranges.count(to) == 0) into_.ranges[to] = range;
  }

  Layer depthwise(const Layer& norm, int source) const {
    const int channels = norm.shape[0];
    const Affine a = affine_of(norm);
    Layer conv;
    conv.name = norm.name;
    conv.where = norm.where;
    conv.op = Op::Conv;
    conv.inputs = {source};
    conv.groups = channels;
    conv.weights = {{channels, 1, 1, 1}, {a.factor.begin(), a.factor.end()}};
    conv.bias = {{channels}, {a.offset.begin(), a.offset.end()}};
    return conv;
  }

  /// A vector is normalised as an image of 1x1 pixels; the last of the three layers carries the name.
  int convert_vector_norm(const Layer& norm, int source) {
    Layer image;
    image.name = fresh_name(norm.name + ".image");
    image.where = norm.where;
    image.op = Op::Reshape;
    image.inputs = {source};
    image.shape = {norm.shape[0], 1, 1};
    const int image_at = append(std::move(image));
    Layer conv = depthwise(norm, image_at);
    conv.name = fresh_name(norm.name + ".scale");
    const auto range = into_.ranges.find(norm.name);
    if (range != into_.ranges.end()) into_.ranges[conv.name] = range->second;
    const int conv_at = append(std::move(conv));
    Layer vector;
    vector.name = norm.name;
    vector.where = norm.where;
    vector.op = Op::Flatten;
    vector.inputs = {conv_at};
    return append(std::move(vector));
  }

  std::string fresh_name(std::string name) {
    while (!names_.insert(name).second) name += "_";
    return name;
  }

  const Network& from_;
  std::vector<std::vector<int>> readers_;
  std::set<int> is_output_;
  std::set<std::string> names_;
  std::vector<int> place_;  ///< for each old layer the new one that delivers its values
  Network into_;
};

}  // namespace

Network fold_batch_norm(const Network& network) {
  return Folder(network).run();
}

}  // namespace phasecore::graph
