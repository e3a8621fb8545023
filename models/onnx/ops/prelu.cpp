#include "models/graph/ops/prelu.hpp"

#include "models/onnx/node_reader.hpp"
#include "models/onnx/node_writer.hpp"
#include "models/onnx/operators.hpp"

namespace phasecore::onnx {
namespace {

void read(NodeReader& reader) {
  reader.expect_inputs(2, 2);
  const Operand x = reader.operand(0);
  graph::PRelu prelu;
  prelu.slope = reader.floats(1, "slopes");
  if (!reader.ok() || !x.known) return reader.give_up();
  graph::Shape& shape = prelu.slope.shape;
  // Its last dimensions are those of the input; a batch among them holds the same for every image.
  const int batch = x.batch == kNoBatch ? -1 : x.batch + static_cast<int>(shape.size()) - x.rank();
  if (batch >= 0 && shape[batch] == 1) shape.erase(shape.begin() + batch);
  if (shape.empty()) shape = {1};
  // Before broadcasting was unidirectional (and in some exporters still) a list was one slope per channel.
  if (shape.size() == 1 && x.shape.size() > 1 && shape[0] != x.shape.back() && shape[0] == x.shape[0])
    shape.insert(shape.end(), x.shape.size() - 1, 1);
  reader.emit_like(x, std::move(prelu));
}

void write(const graph::PRelu& prelu, NodeWriter& writer) {
  writer.input(".slope", prelu.slope);
}

}  // namespace

void register_prelu(Registry& registry) {
  registry.reads("PRelu", read);
  registry.writes<graph::PRelu>(write);
}

}  // namespace phasecore::onnx
