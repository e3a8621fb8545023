#include "models/graph/check.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "common/table.hpp"

namespace phasecore::graph {
namespace {

std::string pair_text(int h, int w) {
  return std::to_string(h) + "x" + std::to_string(w);
}

/// One layer under examination.
class LayerChecker {
 public:
  LayerChecker(const std::vector<Layer>& earlier, Layer& layer, common::Diagnostics& diagnostics)
      : earlier_(earlier), layer_(layer), diagnostics_(diagnostics) {}

  bool run() {
    if (layer_.op == Op::Input || layer_.op == Op::Reshape) {
      check_given_shape();
    } else {
      layer_.shape.clear();
    }
    check_inputs();
    check_attributes();
    const bool inputs_known = ok_ && std::all_of(layer_.inputs.begin(), layer_.inputs.end(),
                                                 [&](int input) { return !earlier_[input].shape.empty(); });
    if (inputs_known) infer_shape();
    if (ok_ && inputs_known) check_volume();
    if (!ok_ || !inputs_known) layer_.shape.clear();
    return ok_ && inputs_known;
  }

 private:
  void problem(const std::string& what) {
    diagnostics_.add(layer_.where, label_of(layer_) + ": " + what);
    ok_ = false;
  }

  const Layer& source(int which) const { return earlier_[layer_.inputs[which]]; }

  void check_given_shape() {
    if (layer_.shape.empty()) problem("has no shape");
    for (int extent : layer_.shape)
      if (extent < 1)
        return problem("shape " + to_string(layer_.shape) +
                       " holds no values; every dimension must be at least 1");
  }

  void check_inputs() {
    const std::size_t expected = layer_.op == Op::Input ? 0 : layer_.op == Op::Add ? 2 : 1;
    if (layer_.inputs.size() != expected)
      problem("reads " + std::to_string(layer_.inputs.size()) + " activations; must be " +
              std::to_string(expected));
    for (int input : layer_.inputs)
      if (input < 0 || input >= static_cast<int>(earlier_.size()))
        problem("reads layer number " + std::to_string(input) + ", which is not an earlier one");
    if ((layer_.op == Op::Input) != earlier_.empty())
      problem(earlier_.empty() ? "the first layer must be the input" : "a network has one input only");
  }

  void check_at_least(const char* what, int h, int w, int least) {
    if (h < least || w < least)
      problem(std::string(what) + " " + pair_text(h, w) + " must be at least " + pair_text(least, least));
    else if (h > kMaxWindow || w > kMaxWindow)
      problem(std::string(what) + " " + pair_text(h, w) + " must be at most " +
              pair_text(kMaxWindow, kMaxWindow));
  }

  void check_window() {
    const Window& w = layer_.window;
    check_at_least("kernel", w.kernel_h, w.kernel_w, 1);
    check_at_least("stride", w.stride_h, w.stride_w, 1);
    check_at_least("dilation", w.dilation_h, w.dilation_w, 1);
    check_at_least("padding at top and left", w.pad_top, w.pad_left, 0);
    check_at_least("padding at bottom and right", w.pad_bottom, w.pad_right, 0);
    if (layer_.op == Op::Conv && (w.ceil_mode || w.count_include_pad))
      problem("ceil_mode and count_include_pad are for pools only");
    if (layer_.op == Op::AveragePool && (w.dilation_h != 1 || w.dilation_w != 1))
      problem("dilation " + pair_text(w.dilation_h, w.dilation_w) + " must be 1x1 in an average pool");
  }

  void check_tensor(const char* what, const Tensor& t, const Shape& expected, bool may_be_empty) {
    if (may_be_empty && t.empty() && t.shape.empty()) return;
    if (t.shape != expected)
      return problem(std::string(what) + " of shape " + to_string(t.shape) + " must be " +
                     to_string(expected));
    if (static_cast<long long>(t.values.size()) != volume(expected))
      return problem(std::string(what) + " of shape " + to_string(t.shape) + " has " +
                     std::to_string(t.values.size()) + " values");
    for (std::size_t i = 0; i < t.values.size(); ++i)
      if (!std::isfinite(t.values[i]))
        return problem(std::string(what) + " hold " + (std::isnan(t.values[i]) ? "nan" : "infinity") +
                       " at index " + std::to_string(i));
  }

  void check_weights(std::size_t rank) {
    const Shape& s = layer_.weights.shape;
    if (s.size() != rank)
      return problem("weights of shape " + to_string(s) + " must have " + std::to_string(rank) +
                     " dimensions");
    for (int extent : s)
      if (extent < 1)
        return problem("weights of shape " + to_string(s) +
                       " hold no values; every dimension must be at least 1");
    check_tensor("weights", layer_.weights, s, false);
    check_tensor("bias values", layer_.bias, {s[0]}, true);
  }

  void check_attributes() {
    switch (layer_.op) {
      case Op::Conv: {
        check_window();
        check_weights(4);
        const Shape& s = layer_.weights.shape;
        const Window& w = layer_.window;
        if (layer_.groups < 1) problem("group " + std::to_string(layer_.groups) + " must be at least 1");
        if (!ok_) return;
        if (s[2] != w.kernel_h || s[3] != w.kernel_w)
          problem("kernel " + pair_text(w.kernel_h, w.kernel_w) + " differs from its weights of shape " +
                  to_string(s));
        if (s[0] % layer_.groups != 0)
          problem(std::to_string(s[0]) + " output channels do not divide into " +
                  std::to_string(layer_.groups) + " groups");
        return;
      }
      case Op::Gemm:
        return check_weights(2);
      case Op::BatchNorm:
        return check_batch_norm();
      case Op::Clip:
        if (!(layer_.clip_min <= layer_.clip_max))
          problem("minimum " + std::to_string(layer_.clip_min) + " must not exceed maximum " +
                  std::to_string(layer_.clip_max));
        // No bound is minus infinity below and infinity above; the other way round every value becomes
        // infinite.
        else if (layer_.clip_min > std::numeric_limits<float>::max() ||
                 layer_.clip_max < std::numeric_limits<float>::lowest())
          problem("clips every value to " +
                  std::to_string(layer_.clip_min > 0 ? layer_.clip_min : layer_.clip_max) +
                  "; bounds must leave a finite value");
        return;
      case Op::MaxPool:
      case Op::AveragePool:
        return check_window();
      default:
        return;
    }
  }

  void check_batch_norm() {
    const Shape channels{static_cast<int>(layer_.scale.values.size())};
    if (layer_.scale.empty()) return problem("scale values are missing");
    check_tensor("scale values", layer_.scale, channels, false);
    check_tensor("offset values", layer_.bias, channels, false);
    check_tensor("mean values", layer_.mean, channels, false);
    check_tensor("variance values", layer_.variance, channels, false);
    if (!(layer_.epsilon >= 0))
      return problem("epsilon " + std::to_string(layer_.epsilon) + " must not be negative");
    if (!ok_) return;
    for (std::size_t i = 0; i < layer_.variance.values.size(); ++i)
      if (!(layer_.variance.values[i] >= 0 && layer_.variance.values[i] + layer_.epsilon > 0))
        return problem("variance " + std::to_string(layer_.variance.values[i]) + " of channel " +
                       std::to_string(i) + " must be positive");
  }

  bool needs_image(const Shape& in) {
    if (in.size() == 3) return true;
    problem("needs an image (channels x height x width), '" + source(0).name + "' delivers " + to_string(in));
    return false;
  }

  /// Output size along one dimension. Windows that would start in the padding behind the image are dropped
  /// when rounding up (ONNX operator text since opset 22; PyTorch does the same).
  static long long extent_of(int in, int kernel, int stride, int dilation, int before, int after,
                             bool ceil_mode) {
    const long long span = static_cast<long long>(kernel - 1) * dilation + 1;
    const long long room = static_cast<long long>(in) + before + after - span;
    if (room < 0) return 0;
    long long out = (room + (ceil_mode ? stride - 1 : 0)) / stride + 1;
    if (ceil_mode && (out - 1) * stride >= static_cast<long long>(in) + before) --out;
    return out;
  }

  /// Does every window along one dimension hold at least one pixel of the image?
  static bool every_window_sees_a_pixel(int in, int out, int kernel, int stride, int dilation, int before) {
    for (int o = 0; o < out; ++o) {
      const long long start = static_cast<long long>(o) * stride - before;
      const long long first = start >= 0 ? 0 : (-start + dilation - 1) / dilation;
      if (first >= kernel || start + first * dilation >= in) return false;
    }
    return true;
  }

  void infer_window_shape(int channels, const Shape& in) {
    const Window& w = layer_.window;
    const long long h =
        extent_of(in[1], w.kernel_h, w.stride_h, w.dilation_h, w.pad_top, w.pad_bottom, w.ceil_mode);
    const long long v =
        extent_of(in[2], w.kernel_w, w.stride_w, w.dilation_w, w.pad_left, w.pad_right, w.ceil_mode);
    if (h < 1 || v < 1)
      return problem("the output holds no values: a " + pair_text(w.kernel_h, w.kernel_w) +
                     " kernel does not fit its " + to_string(in) + " input");
    layer_.shape = {channels, static_cast<int>(h), static_cast<int>(v)};
    if (layer_.op != Op::Conv && !(every_window_sees_a_pixel(in[1], layer_.shape[1], w.kernel_h, w.stride_h,
                                                             w.dilation_h, w.pad_top) &&
                                   every_window_sees_a_pixel(in[2], layer_.shape[2], w.kernel_w, w.stride_w,
                                                             w.dilation_w, w.pad_left)))
      problem("a window holds nothing but padding");
  }

  void infer_shape() {
    static const Shape kNone;
    const Shape& in = layer_.inputs.empty() ? kNone : source(0).shape;
    switch (layer_.op) {
      case Op::Input:
        return;
      case Op::Conv: {
        if (!needs_image(in)) return;
        const long long taken = static_cast<long long>(layer_.weights.shape[1]) * layer_.groups;
        if (taken != in[0])
          return problem("weights of shape " + to_string(layer_.weights.shape) + " in " +
                         std::to_string(layer_.groups) +
                         (layer_.groups == 1 ? " group take " : " groups take ") + std::to_string(taken) +
                         " channels, '" + source(0).name + "' delivers " + std::to_string(in[0]) + " (" +
                         to_string(in) + ")");
        return infer_window_shape(layer_.weights.shape[0], in);
      }
      case Op::Gemm:
        if (in.size() != 1 || in[0] != layer_.weights.shape[1])
          return problem("weights take a vector of " + std::to_string(layer_.weights.shape[1]) +
                         " values, '" + source(0).name + "' delivers " + to_string(in));
        layer_.shape = {layer_.weights.shape[0]};
        return;
      case Op::BatchNorm:
        if (in[0] != static_cast<int>(layer_.scale.values.size()))
          return problem("has " + std::to_string(layer_.scale.values.size()) + " channels, '" +
                         source(0).name + "' delivers " + std::to_string(in[0]) + " (" + to_string(in) + ")");
        if (in.size() != 1 && !needs_image(in)) return;
        layer_.shape = in;
        return;
      case Op::Relu:
      case Op::Clip:
        layer_.shape = in;
        return;
      case Op::Add:
        if (source(1).shape != in)
          return problem("shapes differ: '" + source(0).name + "' delivers " + to_string(in) + ", '" +
                         source(1).name + "' delivers " + to_string(source(1).shape));
        layer_.shape = in;
        return;
      case Op::MaxPool:
      case Op::AveragePool:
        if (needs_image(in)) infer_window_shape(in[0], in);
        return;
      case Op::GlobalAveragePool:
        if (needs_image(in)) layer_.shape = {in[0], 1, 1};
        return;
      case Op::Flatten:
        layer_.shape = {static_cast<int>(volume(in))};
        return;
      case Op::Reshape:
        if (bounded_volume(layer_.shape) != volume(in))
          problem("cannot turn " + to_string(in) + " of '" + source(0).name + "' into " +
                  to_string(layer_.shape));
        return;
      case Op::Softmax:
        if (in.size() != 1)
          return problem("needs a vector, '" + source(0).name + "' delivers " + to_string(in));
        layer_.shape = in;
        return;
    }
  }

  /// The volume, or kMaxValues + 1 where it would be more (so that nothing overflows).
  static long long bounded_volume(const Shape& shape) {
    long long product = 1;
    for (int extent : shape) {
      product *= extent;
      if (product > kMaxValues) return kMaxValues + 1;
    }
    return product;
  }

  void check_volume() {
    if (bounded_volume(layer_.shape) > kMaxValues)
      problem("an output of shape " + to_string(layer_.shape) + " is too large; at most " +
              std::to_string(kMaxValues) + " values");
  }

  const std::vector<Layer>& earlier_;
  Layer& layer_;
  common::Diagnostics& diagnostics_;
  bool ok_ = true;
};

void check_names(const Network& network, common::Diagnostics& diagnostics) {
  std::set<std::string> seen;
  for (const Layer& layer : network.layers) {
    if (layer.name.empty()) diagnostics.add(layer.where, label_of(layer) + ": has no name");
    if (!layer.name.empty() && !seen.insert(layer.name).second)
      diagnostics.add(layer.where, label_of(layer) + ": the name is used twice");
  }
  const std::vector<std::string> names(seen.begin(), seen.end());
  for (const auto& [name, range] : network.ranges) {
    if (seen.count(name) == 0)
      diagnostics.add(network.input().where,
                      "range of '" + name + "': there is no such layer" + common::did_you_mean(name, names));
    if (!(range > 0 && range <= std::numeric_limits<float>::max()))
      diagnostics.add(network.input().where, "range of '" + name + "': " + common::format_double(range) +
                                                 " must be a positive float");
  }
}

void check_outputs(const Network& network, common::Diagnostics& diagnostics) {
  const int count = static_cast<int>(network.layers.size());
  const common::Location& where = network.input().where;
  std::vector<bool> is_read(count, false);
  for (const Layer& layer : network.layers)
    for (int input : layer.inputs)
      if (input >= 0 && input < count) is_read[input] = true;
  if (network.outputs.empty()) diagnostics.add(where, "the network has no output");
  std::set<int> seen;
  for (int output : network.outputs) {
    if (output < 0 || output >= count) {
      diagnostics.add(where, "output " + std::to_string(output) + " is no layer");
      continue;
    }
    if (!seen.insert(output).second)
      diagnostics.add(where, label_of(network.layers[output]) + ": is an output twice");
    is_read[output] = true;
  }
  for (int i = 0; i < count; ++i)
    if (!is_read[i])
      diagnostics.add(network.layers[i].where,
                      label_of(network.layers[i]) + ": nobody reads it and it is no output");
}

}  // namespace

std::string label_of(const Layer& layer) {
  return "node '" + layer.name + "' (" + name_of(layer.op) + ")";
}

bool check_layer(const std::vector<Layer>& earlier, Layer& layer, common::Diagnostics& diagnostics) {
  return LayerChecker(earlier, layer, diagnostics).run();
}

Network build(Network draft) {
  common::Diagnostics diagnostics;
  if (draft.layers.empty()) throw common::InputError("the network has no layers");
  check_names(draft, diagnostics);
  std::vector<Layer> checked;
  checked.reserve(draft.layers.size());
  for (Layer& layer : draft.layers) {
    check_layer(checked, layer, diagnostics);
    checked.push_back(std::move(layer));
  }
  draft.layers = std::move(checked);
  check_outputs(draft, diagnostics);
  diagnostics.raise_if_any();
  return draft;
}

}  // namespace phasecore::graph
