// Add, Sub, Mul and Div of an activation and a constant per channel: factor * x + shift. The convolution,
// Gemm or norm before it takes it up if nobody else reads that; else it becomes a batch norm, which the
// mapping folds into a neighbour.
#include <algorithm>
#include <optional>

#include "models/graph/mvm.hpp"
#include "models/graph/ops/batch_norm.hpp"
#include "models/graph/ops/gemm.hpp"
#include "models/graph/ops/normalization.hpp"
#include "models/onnx/node_reader.hpp"
#include "models/onnx/simplification.hpp"

namespace phasecore::onnx {
namespace {

/// One factor and one shift per channel.
struct Affine {
  std::vector<double> factor, shift;

  bool changes_nothing() const {
    return std::all_of(factor.begin(), factor.end(), [](double f) { return f == 1; }) &&
           std::all_of(shift.begin(), shift.end(), [](double s) { return s == 0; });
  }
};

/// The values of a constant along a dimension of `full`, as broadcasting repeats them; nullopt if they differ
/// along others or would repeat the activation.
std::optional<std::vector<double>> values_along(std::size_t dimension, const Array& constant,
                                                const graph::Shape& full) {
  if (constant.shape.size() > full.size()) return std::nullopt;
  graph::Shape aligned(full.size(), 1);
  std::copy(constant.shape.rbegin(), constant.shape.rend(), aligned.rbegin());
  for (std::size_t d = 0; d < full.size(); ++d)
    if (aligned[d] != 1 && (d != dimension || aligned[d] != full[d])) return std::nullopt;
  std::vector<double> values;
  for (int c = 0; c < full[dimension]; ++c)
    values.push_back(number(constant, aligned[dimension] == 1 ? 0 : c));
  return values;
}

Affine affine_of(const std::string& op, bool constant_first, const std::vector<double>& values) {
  const std::size_t channels = values.size();
  Affine affine{std::vector<double>(channels, 1), std::vector<double>(channels, 0)};
  for (std::size_t c = 0; c < channels; ++c) {
    if (op == "Mul") affine.factor[c] = values[c];
    if (op == "Div") affine.factor[c] = 1 / values[c];
    if (op == "Add") affine.shift[c] = values[c];
    if (op == "Sub") affine.shift[c] = constant_first ? values[c] : -values[c];
    if (op == "Sub" && constant_first) affine.factor[c] = -1;
  }
  return affine;
}

void take_up(graph::Mvm& mvm, const Affine& affine) {
  const std::size_t outputs = affine.factor.size(), per_output = mvm.weights.values.size() / outputs;
  if (mvm.bias.empty()) mvm.bias = {{static_cast<int>(outputs)}, Floats(outputs, 0.0f)};
  for (std::size_t o = 0; o < outputs; ++o) {
    for (std::size_t k = 0; k < per_output; ++k) {
      float& weight = mvm.weights.values[o * per_output + k];
      weight = static_cast<float>(weight * affine.factor[o]);
    }
    mvm.bias.values[o] = static_cast<float>(mvm.bias.values[o] * affine.factor[o] + affine.shift[o]);
  }
}

/// Scales and offsets of a norm; one value may stand for all, and no offsets for 0.
void take_up(graph::Tensor& scale, graph::Tensor& offset, const Affine& affine) {
  const std::size_t count = affine.factor.size();
  if (offset.empty()) offset = {{1}, {0}};
  for (graph::Tensor* tensor : {&scale, &offset}) {
    tensor->values.resize(count, tensor->values[0]);
    tensor->shape = {static_cast<int>(count)};
  }
  for (std::size_t c = 0; c < count; ++c) {
    scale.values[c] = static_cast<float>(scale.values[c] * affine.factor[c]);
    offset.values[c] = static_cast<float>(offset.values[c] * affine.factor[c] + affine.shift[c]);
  }
}

void take_up(graph::BatchNorm& norm, const Affine& affine) {
  take_up(norm.scale, norm.offset, affine);
}

graph::BatchNorm norm_of(const Affine& affine) {
  graph::BatchNorm norm = graph::neutral_batch_norm(static_cast<int>(affine.factor.size()));
  norm.epsilon = 0;
  take_up(norm, affine);
  return norm;
}

/// The dimension that has scales and offsets of its own in a norm of values beside each other, or in a
/// product of steps, which takes them up; 0 if input is of none. ONNX's dimensions, with the batch.
std::size_t normalised_dimension(NodeReader& reader, int input) {
  if (!reader.is_alone(input)) return 0;
  const graph::Layer& layer = reader.producer(input);
  if (layer.is<graph::ChannelNorm>()) return 1;
  if (graph::is_of_steps(layer)) return layer.shape.size();
  const auto* norm = layer.as<graph::LayerNorm>();
  if (norm == nullptr || norm->axis + 1 != static_cast<int>(layer.shape.size())) return 0;
  return layer.shape.size();
}

/// The layer before takes it up, if it can and nobody else reads it.
bool join_producer(NodeReader& reader, int input, const Affine& affine) {
  if (!reader.is_alone(input)) return false;
  graph::Layer& layer = reader.producer(input);
  if (auto* mvm = layer.edit<graph::Mvm>())
    take_up(*mvm, affine);
  else if (auto* batch_norm = layer.edit<graph::BatchNorm>())
    take_up(*batch_norm, affine);
  else if (auto* layer_norm = layer.edit<graph::LayerNorm>())
    take_up(layer_norm->scale, layer_norm->offset, affine);
  else if (auto* channel_norm = layer.edit<graph::ChannelNorm>())
    take_up(channel_norm->scale, channel_norm->offset, affine);
  else
    return false;
  reader.end_in_producer(input);
  return true;
}

bool apply(NodeReader& reader) {
  if (reader.node().input_size() != 2 || reader.is_constant(0) == reader.is_constant(1)) return false;
  const int input = reader.is_constant(0) ? 1 : 0;
  const std::string& op = reader.node().op_type();
  if (!reader.is_activation(input) || reader.view(input) != nullptr || (op == "Div" && input == 1))
    return false;
  const graph::Shape full = reader.plain_shape(input);
  const std::size_t by_norm = normalised_dimension(reader, input), along = by_norm != 0 ? by_norm : 1;
  if (by_norm == 0 && full.size() != 2 && full.size() != 4) return false;
  const auto constant = reader.array(1 - input, "constant");
  if (!constant) return reader.give_up(), true;
  if (!reader.may_compute({full[along], 6}))
    return reader.give_up(), true;  // what a batch norm holds, and more
  const auto values = values_along(along, *constant, full);
  if (!values) return false;
  const Affine affine = affine_of(op, input == 1, *values);
  if (affine.changes_nothing() && input == 0) return reader.alias(), true;
  if (join_producer(reader, input, affine)) return true;
  reader.emit(norm_of(affine), {reader.activation(input)});
  return true;
}

}  // namespace

void register_affine(Rules& rules) {
  rules.applies("Add", apply);
  for (const char* op : {"Sub", "Mul", "Div"})
    rules.applies_only(op, apply, "of an activation (vector or image) and a constant per channel");
}

}  // namespace phasecore::onnx
