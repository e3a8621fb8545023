#include "models/graph/fold.hpp"

#include <set>

#include "models/graph/ops/batch_norm.hpp"
#include "models/graph/ops/conv.hpp"
#include "models/graph/ops/conv_transpose.hpp"
#include "models/graph/ops/reshape.hpp"

namespace phasecore::graph {
namespace {

void merge_into_bias(const BatchNorm& norm, Tensor& bias) {
  const int outputs = norm.channels();
  if (bias.empty()) bias = {{outputs}, std::vector<float>(static_cast<std::size_t>(outputs), 0.0f)};
  for (int o = 0; o < outputs; ++o)
    bias.values[o] = static_cast<float>(bias.values[o] * norm.factor(o) + norm.shift(o));
}

/// What the batch norm does to values becomes part of the weights that make them.
void merge_into(const BatchNorm& norm, Mvm& mvm) {
  const std::size_t outputs = norm.scale.values.size();
  const std::size_t per_output = mvm.weights.values.size() / outputs;
  for (std::size_t o = 0; o < outputs; ++o) {
    const double factor = norm.factor(static_cast<int>(o));
    for (std::size_t k = 0; k < per_output; ++k) {
      float& w = mvm.weights.values[o * per_output + k];
      w = static_cast<float>(w * factor);
    }
  }
  merge_into_bias(norm, mvm.bias);
}

/// Weights {C_in, C_out / groups, taps}: the second dimension counts the outputs of a group.
void merge_into(const BatchNorm& norm, ConvTranspose& conv) {
  const int group_in = conv.weights.shape[0] / conv.groups, group_out = conv.weights.shape[1];
  const int taps = conv.weights.shape[2] * conv.weights.shape[3];
  float* w = conv.weights.values.data();
  for (int c = 0; c < conv.weights.shape[0]; ++c)
    for (int o = 0; o < group_out; ++o) {
      const double factor = norm.factor(c / group_in * group_out + o);
      for (int tap = 0; tap < taps; ++tap, ++w) *w = static_cast<float>(*w * factor);
    }
  merge_into_bias(norm, conv.bias);
}

/// Weights in front of which a batch norm stood: channel c of what they read is factor * x + shift.
void merge_before(const BatchNorm& norm, int groups, Mvm& mvm) {
  const std::size_t outputs = static_cast<std::size_t>(mvm.outputs());
  const std::size_t per_output = mvm.weights.values.size() / outputs;
  const std::size_t inputs = static_cast<std::size_t>(mvm.weights.shape[1]);
  const std::size_t outputs_per_group = outputs / static_cast<std::size_t>(groups);
  if (mvm.bias.empty()) mvm.bias = {{mvm.outputs()}, std::vector<float>(outputs, 0.0f)};
  for (std::size_t o = 0; o < outputs; ++o) {
    double bias = mvm.bias.values[o];
    for (std::size_t k = 0; k < per_output; ++k) {
      const auto channel = static_cast<int>(o / outputs_per_group * inputs + k / (per_output / inputs));
      float& w = mvm.weights.values[o * per_output + k];
      bias += w * norm.shift(channel);
      w = static_cast<float>(w * norm.factor(channel));
    }
    mvm.bias.values[o] = static_cast<float>(bias);
  }
}

/// Does a convolution read padding, which no batch norm before it has changed?
bool reads_padding(const Conv& conv) {
  const Window& w = conv.window;
  return w.pad_top != 0 || w.pad_left != 0 || w.pad_bottom != 0 || w.pad_right != 0;
}

bool only_scales(const BatchNorm& norm) {
  for (int c = 0; c < norm.channels(); ++c)
    if (norm.shift(c) != 0) return false;
  return true;
}

/// A batch norm as a convolution of one pixel.
Conv depthwise(const BatchNorm& norm) {
  const int channels = norm.channels();
  Conv conv;
  conv.groups = channels;
  conv.weights.shape = {channels, 1, 1, 1};
  conv.bias.shape = {channels};
  for (int c = 0; c < channels; ++c) {
    conv.weights.values.push_back(static_cast<float>(norm.factor(c)));
    conv.bias.values.push_back(static_cast<float>(norm.shift(c)));
  }
  return conv;
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
    if (const auto* norm = layer.as<BatchNorm>()) {
      if (joins_producer(i)) return merge(layer.name, *norm, place_[source]);
      if (joins_reader(i, *norm)) {
        into_.ranges.erase(layer.name);  // nobody delivers these values any more
        return place_[source];
      }
      return layer.shape.size() == 3 ? append(layer, layer.name, depthwise(*norm), place_[source])
                                     : convert_vector_norm(layer, *norm, place_[source]);
    }
    if (layer.is<Reshaping>() && layer.shape == from_.layers[source].shape && is_output_.count(i) == 0) {
      move_range(layer.name, into_.layers[place_[source]].name, false);
      return place_[source];
    }
    Layer copy = layer;
    for (int& input : copy.inputs) input = place_[input];
    if (const BatchNorm* norm = norm_before(layer)) {
      const Conv* conv = layer.as<Conv>();
      merge_before(*norm, conv == nullptr ? 1 : conv->groups, *copy.edit<Mvm>());
    }
    return append(std::move(copy));
  }

  /// Can the layer before a batch norm deliver its values? Nobody else may read that.
  bool joins_producer(int i) const {
    const int source = from_.layers[i].inputs[0];
    const Layer& before = from_.layers[source];
    return readers_[source].size() == 1 && is_output_.count(source) == 0 &&
           (before.is<Mvm>() || before.is<ConvTranspose>());
  }

  /// Can the only layer that reads a batch norm multiply with changed weights in its stead?
  bool joins_reader(int i, const BatchNorm& norm) const {
    if (readers_[i].size() != 1 || is_output_.count(i) != 0) return false;
    const Layer& reader = from_.layers[readers_[i][0]];
    if (const Conv* conv = reader.as<Conv>()) return !reads_padding(*conv) || only_scales(norm);
    return reader.is<Mvm>();
  }

  /// The batch norm that an MVM's weights take up; null for most.
  const BatchNorm* norm_before(const Layer& layer) const {
    if (!layer.is<Mvm>()) return nullptr;
    const int source = layer.inputs[0];
    const BatchNorm* norm = from_.layers[source].as<BatchNorm>();
    if (norm == nullptr || !joins_reader(source, *norm)) return nullptr;
    return joins_producer(source) ? nullptr : norm;
  }

  int append(Layer layer) {
    into_.layers.push_back(std::move(layer));
    return static_cast<int>(into_.layers.size()) - 1;
  }

  /// A layer in place of `old`.
  template <class T>
  int append(const Layer& old, const std::string& name, T op, int source) {
    Layer layer(name, std::move(op), {source});
    layer.where = old.where;
    return append(std::move(layer));
  }

  /// The merged layer keeps the convolution's name; what it delivers now is what the batch norm delivered.
  int merge(const std::string& name, const BatchNorm& norm, int target) {
    Layer& into = into_.layers[target];
    if (auto* transposed = into.edit<ConvTranspose>())
      merge_into(norm, *transposed);
    else
      merge_into(norm, *into.edit<Mvm>());
    into_.ranges.erase(into.name);
    move_range(name, into.name, true);
    return target;
  }

  void move_range(const std::string& from, const std::string& to, bool replace) {
    const auto found = into_.ranges.find(from);
    if (found == into_.ranges.end()) return;
    const double range = found->second;
    into_.ranges.erase(found);
    if (replace || into_.ranges.count(to) == 0) into_.ranges[to] = range;
  }

  /// A vector is normalised as an image of 1x1 pixels; the last of the three layers carries the name.
  int convert_vector_norm(const Layer& layer, const BatchNorm& norm, int source) {
    const int image =
        append(layer, fresh_name(layer.name + ".image"), Reshape({layer.shape[0], 1, 1}), source);
    const std::string scale = fresh_name(layer.name + ".scale");
    const auto range = into_.ranges.find(layer.name);
    if (range != into_.ranges.end()) into_.ranges[scale] = range->second;
    const int scaled = append(layer, scale, depthwise(norm), image);
    return append(layer, layer.name, Flatten(), scaled);
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

FoldedNetwork fold(const Network& network) {
  return {network, Folder(network).run()};
}

}  // namespace phasecore::graph
