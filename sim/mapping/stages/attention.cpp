#include "sim/mapping/stages/attention.hpp"

namespace phasecore::mapping {

Reads AttentionWork::reads(const Stage& stage, int input) const {
  const int queries = firings(stage);
  if (input == 0) return pixel_reads(queries);
  return span_reads(std::vector<graph::PixelSpan>(static_cast<std::size_t>(queries), {0, keys(stage) - 1}));
}

/// A softmax is an exponential of each score and a division by their sum.
DigitalDemand AttentionWork::demand(const Stage& stage) const {
  const int channels = raster_of(stage.out_shape).channels;
  const long long scores = static_cast<long long>(heads(stage)) * keys(stage);
  DigitalDemand demand;
  demand.loaded_bytes = heads(stage) * size;
  demand.products = scores * (size + value_size);
  demand.curved = static_cast<double>(scores);
  demand.normalised = static_cast<double>(scores);
  add_demand(activation, channels, demand);
  return demand;
}

/// Heads, where each has keys and values of its own.
int AttentionWork::channel_units(const Stage& stage) const {
  return queries_per_key == 1 && !is_per_channel(activation) ? heads(stage) : 1;
}

std::int64_t AttentionWork::held_bytes(const Stage& stage) const {
  std::int64_t bytes = 0;
  for (const StageInput& input : stage.inputs) bytes += graph::volume(input.shape);
  return bytes;
}

}  // namespace phasecore::mapping
