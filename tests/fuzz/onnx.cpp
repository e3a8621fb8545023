// ONNX import. What is read can be run, and is written and read again, or it is said what cannot be written.
#include "models/onnx/onnx.hpp"

#include "models/graph/infer.hpp"
#include "tests/fuzz/fuzz_target.hpp"

namespace {

using namespace phasecore;

constexpr long long kLargestRun = 100000;  // values in all layers together; beyond that reading it is enough

void run(const graph::Network& network) {
  long long values = 0;
  for (const auto& layer : network.layers) {
    values += graph::volume(layer.shape);
    if (values > kLargestRun) return;
  }
  const auto& shape = network.input().shape;
  graph::infer(network, {1, shape, std::vector<float>(graph::volume(shape), 0.5f)});
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  graph::Network network;
  const auto fate =
      fuzz::read_or_refused([&] { network = onnx::parse(fuzz::text_of(data, size), "fuzz.onnx"); });
  if (fate == fuzz::Fate::Refused) return 0;
  std::string written;
  const auto writing = fuzz::read_or_refused([&] { written = onnx::serialize(network); });
  fuzz::require(
      writing == fuzz::Fate::Refused || onnx::serialize(onnx::parse(written, "again.onnx")) == written,
      "a model is not what it was after writing and reading");
  fuzz::read_or_refused([&] { run(network); });
  return 0;
}
