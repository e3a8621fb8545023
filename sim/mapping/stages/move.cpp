#include "sim/mapping/stages/move.hpp"

#include <algorithm>
#include <utility>

namespace phasecore::mapping {

Reads MoveWork::reads(const Stage& stage, int input) const {
  const Raster from = raster_of(stage.inputs.at(input).shape);
  const auto channels = static_cast<std::size_t>(raster_of(stage.out_shape).channels);
  std::vector<graph::PixelSpan> spans(static_cast<std::size_t>(firings(stage)), {from.pixels(), -1});
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (places[i].input != input || places[i].at == graph::kNoPlace) continue;
    graph::PixelSpan& span = spans[i / channels];
    const int pixel = places[i].at / from.channels;
    span = {std::min(span.first, pixel), std::max(span.last, pixel)};
  }
  return span_reads(std::move(spans));
}

DigitalDemand MoveWork::demand(const Stage& stage) const {
  const auto loaded = std::count_if(places.begin(), places.end(), [](const Place& place) {
    return place.input == 0 && place.at != graph::kNoPlace;
  });
  DigitalDemand demand;
  demand.loaded_bytes = static_cast<int>((loaded + firings(stage) - 1) / firings(stage));
  return demand;
}

}  // namespace phasecore::mapping
