// Nodes that do nothing at inference.
#include "models/onnx/node_reader.hpp"
#include "models/onnx/operators.hpp"

namespace phasecore::onnx {
namespace {

void read_identity(NodeReader& reader) {
  reader.expect_inputs(1, 1);
  reader.alias();
}

/// PyTorch writes a Dropout that its author left on, but told to drop nothing.
bool drops_nothing(NodeReader& reader) {
  return reader.is_constant(1) && reader.scalar(1, "ratio", 1) == 0;
}

void read_dropout(NodeReader& reader) {
  reader.expect_inputs(1, 3);
  // Dropout does nothing at inference, whatever its ratio and seed.
  reader.attributes().ignore("ratio");
  reader.attributes().ignore("seed");
  if (reader.has_input(2)) {
    const auto training = reader.ints(2, "training_mode");
    if (training && *training != Integers{0} && !drops_nothing(reader))
      reader.problem("training_mode must be false, or the ratio 0");
  }
  reader.alias();
}

}  // namespace

void register_identity(Registry& registry) {
  registry.reads("Identity", read_identity);
  registry.reads("Dropout", read_dropout);
}

}  // namespace phasecore::onnx
