#include "models/graph/ops/batch_norm.hpp"

#include "models/onnx/node_reader.hpp"
#include "models/onnx/node_writer.hpp"
#include "models/onnx/operators.hpp"

namespace phasecore::onnx {
namespace {

void read(NodeReader& reader) {
  reader.expect_inputs(5, 5);
  Attributes& attributes = reader.attributes();
  const Image x = reader.image(0);
  graph::BatchNorm norm;
  norm.scale = reader.floats(1, "scale");
  norm.offset = reader.floats(2, "offset");
  norm.mean = reader.floats(3, "mean");
  norm.variance = reader.floats(4, "variance");
  norm.epsilon = attributes.real("epsilon", 1e-5f);
  attributes.ignore("momentum");  // for training only
  if (attributes.integer("training_mode", 0) != 0) reader.problem("training_mode must be 0");
  if (reader.opset() < 9 && attributes.integer("spatial", 1) != 1) reader.problem("spatial must be 1");
  reader.emit_image(std::move(norm), x);
}

void write(const graph::BatchNorm& norm, NodeWriter& writer) {
  writer.input(".scale", norm.scale);
  writer.input(".offset", norm.offset);
  writer.input(".mean", norm.mean);
  writer.input(".variance", norm.variance);
  writer.real("epsilon", norm.epsilon);
}

}  // namespace

void register_batch_norm(Registry& registry) {
  registry.reads("BatchNormalization", read);
  registry.writes<graph::BatchNorm>(write);
}

}  // namespace phasecore::onnx
