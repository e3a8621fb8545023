#include "models/graph/ops/pool.hpp"

#include "models/onnx/operators.hpp"
#include "models/onnx/window.hpp"

namespace phasecore::onnx {
namespace {

/// What both pools have.
graph::Window read_pool(NodeReader& reader, const Image& image) {
  Attributes& attributes = reader.attributes();
  if (attributes.find("kernel_shape") == nullptr) reader.problem("attribute 'kernel_shape' is missing");
  graph::Window window =
      read_window(reader, attributes.integers("kernel_shape", image.is_line ? 1 : 2, 1), image.shape);
  window.ceil_mode = attributes.integer("ceil_mode", 0) != 0;
  return window;
}

void read_max(NodeReader& reader) {
  reader.expect_inputs(1, 1);
  const Image image = reader.image(0);
  graph::MaxPool pool;
  pool.window = read_pool(reader, image);
  reader.attributes().ignore("storage_order");  // concerns the indices, which are not supported
  reader.emit_image(std::move(pool), image);
}

void read_average(NodeReader& reader) {
  reader.expect_inputs(1, 1);
  const Image image = reader.image(0);
  graph::AveragePool pool;
  pool.window = read_pool(reader, image);
  pool.window.count_include_pad = reader.attributes().integer("count_include_pad", 0) != 0;
  reader.emit_image(std::move(pool), image);
}

void write_max(const graph::MaxPool& pool, NodeWriter& writer) {
  write_window(pool.window, writer);
  writer.ints("dilations", {pool.window.dilation_h, pool.window.dilation_w});
  writer.integer("ceil_mode", pool.window.ceil_mode);
}

void write_average(const graph::AveragePool& pool, NodeWriter& writer) {
  write_window(pool.window, writer);
  writer.integer("ceil_mode", pool.window.ceil_mode);
  writer.integer("count_include_pad", pool.window.count_include_pad);
}

}  // namespace

void register_pool(Registry& registry) {
  registry.reads("MaxPool", read_max);
  registry.writes<graph::MaxPool>(write_max);
  registry.reads("AveragePool", read_average);
  registry.writes<graph::AveragePool>(write_average);
}

}  // namespace phasecore::onnx
