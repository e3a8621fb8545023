// Nodes that do nothing at inference.
#include "models/onnx/node_reader.hpp"
#include "models/onnx/operators.hpp"

namespace phasecore::onnx {
namespace {

void read_identity(NodeReader& reader) {
  reader.expect_inputs(1, 1);
  reader.alias();
}

void read_dropout(NodeReader& reader) {
  reader.expect_inputs(1, 3);
  // Dropout does nothing at inference, whatever its ratio and seed.
  reader.attributes().ignore("ratio");
  reader.attributes().ignore("seed");
  if (reader.has_input(2)) reader.problem("training_mode is not supported");
  reader.alias();
}

}  // namespace

void register_identity(Registry& registry) {
  registry.passes_through("Identity", read_identity);
  registry.passes_through("Dropout", read_dropout);
}

}  // namespace phasecore::onnx
