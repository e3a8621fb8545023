#include "models/graph/ops/depth_to_space.hpp"

#include "models/onnx/node_reader.hpp"
#include "models/onnx/node_writer.hpp"
#include "models/onnx/operators.hpp"

namespace phasecore::onnx {
namespace {

int read_block(NodeReader& reader) {
  if (reader.attributes().find("blocksize") == nullptr) reader.problem("attribute 'blocksize' is missing");
  return reader.attributes().integer("blocksize", 1);
}

void read_depth_to_space(NodeReader& reader) {
  reader.expect_inputs(1, 1);
  const int input = reader.activation(0);
  graph::DepthToSpace op;
  op.block = read_block(reader);
  const std::string mode = reader.attributes().text("mode", "DCR");
  op.channels_first = mode == "CRD";
  if (mode != "DCR" && mode != "CRD")
    reader.problem("attribute 'mode' is '" + mode + "'; must be DCR or CRD");
  reader.emit(std::move(op), {input});
}

void read_space_to_depth(NodeReader& reader) {
  reader.expect_inputs(1, 1);
  const int input = reader.activation(0);
  graph::SpaceToDepth op;
  op.block = read_block(reader);
  reader.emit(std::move(op), {input});
}

void write_depth_to_space(const graph::DepthToSpace& op, NodeWriter& writer) {
  writer.integer("blocksize", op.block);
  writer.text("mode", op.channels_first ? "CRD" : "DCR");
}

void write_space_to_depth(const graph::SpaceToDepth& op, NodeWriter& writer) {
  writer.integer("blocksize", op.block);
}

}  // namespace

void register_depth_to_space(Registry& registry) {
  registry.reads("DepthToSpace", read_depth_to_space);
  registry.writes<graph::DepthToSpace>(write_depth_to_space);
  registry.reads("SpaceToDepth", read_space_to_depth);
  registry.writes<graph::SpaceToDepth>(write_space_to_depth);
}

}  // namespace phasecore::onnx
