#include "models/graph/ops/normalization.hpp"

#include <algorithm>

#include "models/graph/ops/reshape.hpp"
#include "models/onnx/node_reader.hpp"
#include "models/onnx/node_writer.hpp"
#include "models/onnx/operators.hpp"

namespace phasecore::onnx {
namespace {

/// What normalises all values of a sample normalises a vector, wherever ones stand around it: chips know
/// that.
void emit_of_all(NodeReader& reader, graph::LayerNorm norm, const Operand& x) {
  const graph::Shape values(x.shape.begin() + norm.axis, x.shape.end());
  norm.axis = 0;
  const int vector = reader.emit_helper(graph::Reshape(values), {x.layer}, ".vector");
  const int normalised = reader.emit_helper(std::move(norm), {vector}, ".normalised");
  reader.emit(graph::Reshape(x.shape), {normalised});
}

/// The dimension from which on all are normalised, and that in float, as layers do.
void read_axis(NodeReader& reader, const Operand& x, int& axis) {
  if (reader.attributes().integer("stash_type", 1) != 1) reader.problem("stash_type must be 1");
  const int given = reader.attributes().integer("axis", -1);
  if (!reader.ok() || !x.known) return;
  axis = reader.axis(x, given);
  if (reader.ok() && x.batch != kNoBatch && axis < x.batch)
    reader.problem("axis " + std::to_string(given) + " normalises over the batch");
}

void read_layer(NodeReader& reader) {
  reader.expect_inputs(2, 3);
  Attributes& attributes = reader.attributes();
  const Operand x = reader.operand(0);
  graph::LayerNorm norm;
  norm.scale = reader.floats(1, "scale");
  if (reader.has_input(2)) norm.offset = reader.floats(2, "offset");
  norm.epsilon = attributes.real("epsilon", 1e-5f);
  read_axis(reader, x, norm.axis);
  if (!reader.ok() || !x.known) return reader.give_up();
  if (norm.scale.shape.empty()) norm.scale.shape = {1};
  if (norm.offset.shape.empty() && !norm.offset.empty()) norm.offset.shape = {1};
  const bool ones_before =
      std::all_of(x.shape.begin(), x.shape.begin() + norm.axis, [](int d) { return d == 1; });
  if (reader.ok() && x.batch == 0 && norm.axis > 0 && ones_before)
    return emit_of_all(reader, std::move(norm), x);
  reader.emit(std::move(norm), {x.layer}, x.batch);
}

void write_layer(const graph::LayerNorm& norm, NodeWriter& writer) {
  writer.require_opset(17);
  writer.input(".scale", norm.scale);
  if (!norm.offset.empty()) writer.input(".offset", norm.offset);
  writer.integer("axis", norm.axis + 1);
  writer.real("epsilon", norm.epsilon);
}

void read_rms(NodeReader& reader) {
  reader.expect_inputs(2, 2);
  Attributes& attributes = reader.attributes();
  const Operand x = reader.operand(0);
  graph::RmsNorm norm;
  norm.scale = reader.floats(1, "scale");
  norm.epsilon = attributes.real("epsilon", 1e-5f);
  read_axis(reader, x, norm.axis);
  if (!reader.ok() || !x.known) return reader.give_up();
  if (norm.scale.shape.empty()) norm.scale.shape = {1};
  reader.emit(std::move(norm), {x.layer}, x.batch);
}

void write_rms(const graph::RmsNorm& norm, NodeWriter& writer) {
  writer.require_opset(23);
  writer.input(".scale", norm.scale);
  writer.integer("axis", norm.axis + 1);
  writer.real("epsilon", norm.epsilon);
}

void write_channel(const graph::ChannelNorm& norm, NodeWriter& writer) {
  writer.require_opset(17);
  writer.with_channels_last();
  writer.input(".scale", norm.scale);
  writer.input(".offset", norm.offset);
  writer.integer("axis", -1);
  writer.real("epsilon", norm.epsilon);
}

/// Input 0 of the norms of channels, which is any number of dimensions behind batch and channels.
Operand channels_of(NodeReader& reader) {
  const Operand x = reader.operand(0);
  if (!x.known || x.batch == 0) return x;
  Operand with_batch = x;
  with_batch.layer = reader.activation(0);
  with_batch.shape = reader.shape_of(with_batch.layer);
  with_batch.batch = 0;
  return with_batch;
}

void read_instance(NodeReader& reader) {
  reader.expect_inputs(3, 3);
  const Operand x = channels_of(reader);
  graph::GroupNorm norm;
  norm.scale = reader.floats(1, "scale");
  norm.offset = reader.floats(2, "offset");
  norm.epsilon = reader.attributes().real("epsilon", 1e-5f);
  norm.groups = norm.channels();
  reader.emit(std::move(norm), {x.layer});
}

/// One value per channel of values that are one per group, as GroupNormalization of opset 18 has them.
graph::Tensor spread(const graph::Tensor& values, int groups, int channels) {
  if (static_cast<int>(values.values.size()) != groups || channels % groups != 0) return values;
  graph::Tensor spread{{channels}, {}};
  for (int c = 0; c < channels; ++c)
    spread.values.push_back(values.values[static_cast<std::size_t>(c / (channels / groups))]);
  return spread;
}

void read_group(NodeReader& reader) {
  reader.expect_inputs(3, 3);
  Attributes& attributes = reader.attributes();
  const Operand x = channels_of(reader);
  graph::GroupNorm norm;
  norm.scale = reader.floats(1, "scale");
  norm.offset = reader.floats(2, "offset");
  norm.epsilon = attributes.real("epsilon", 1e-5f);
  norm.groups = attributes.integer("num_groups", 0);
  if (attributes.integer("stash_type", 1) != 1) reader.problem("stash_type must be 1");
  if (norm.groups < 1) reader.problem("num_groups " + std::to_string(norm.groups) + " must be at least 1");
  if (!reader.ok() || !x.known || x.shape.empty()) return reader.give_up();
  if (reader.opset() < 21) {
    norm.scale = spread(norm.scale, norm.groups, x.shape[0]);
    norm.offset = spread(norm.offset, norm.groups, x.shape[0]);
  }
  reader.emit(std::move(norm), {x.layer});
}

void write_group(const graph::GroupNorm& norm, NodeWriter& writer) {
  if (norm.groups != norm.channels()) {
    writer.require_opset(21);
    writer.integer("num_groups", norm.groups);
  }
  writer.input(".scale", norm.scale);
  writer.input(".offset", norm.offset);
  writer.real("epsilon", norm.epsilon);
}

void read_lrn(NodeReader& reader) {
  reader.expect_inputs(1, 1);
  Attributes& attributes = reader.attributes();
  const int input = reader.activation(0);
  graph::Lrn lrn;
  if (attributes.find("size") == nullptr) reader.problem("attribute 'size' is missing");
  lrn.size = attributes.integer("size", 1);
  lrn.alpha = attributes.real("alpha", lrn.alpha);
  lrn.beta = attributes.real("beta", lrn.beta);
  lrn.bias = attributes.real("bias", lrn.bias);
  reader.emit(std::move(lrn), {input});
}

void write_lrn(const graph::Lrn& lrn, NodeWriter& writer) {
  writer.integer("size", lrn.size);
  writer.real("alpha", lrn.alpha);
  writer.real("beta", lrn.beta);
  writer.real("bias", lrn.bias);
}

}  // namespace

void register_normalization(Registry& registry) {
  registry.reads("LayerNormalization", read_layer);
  registry.writes<graph::LayerNorm>(write_layer);
  registry.reads("RMSNormalization", read_rms);
  registry.writes<graph::RmsNorm>(write_rms);
  registry.writes<graph::ChannelNorm>(write_channel);
  registry.reads("InstanceNormalization", read_instance);
  registry.reads("GroupNormalization", read_group);
  registry.writes<graph::GroupNorm>(write_group);
  registry.reads("LRN", read_lrn);
  registry.writes<graph::Lrn>(write_lrn);
}

}  // namespace phasecore::onnx
