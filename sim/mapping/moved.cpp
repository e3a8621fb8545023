#include "sim/mapping/moved.hpp"

#include <algorithm>

namespace phasecore::mapping {
namespace {

/// So many parts of a source can be read side by side: each is a stream of its own.
constexpr std::size_t kPartsPerSource = 2;

int volume_of(const StageInput& source) {
  return static_cast<int>(graph::volume(source.shape));
}

/// Where each source begins in all of them.
std::vector<std::int32_t> offsets_of(const std::vector<StageInput>& sources) {
  std::vector<std::int32_t> offsets{0};
  for (const StageInput& source : sources) offsets.push_back(offsets.back() + volume_of(source));
  return offsets;
}

std::size_t source_at(const std::vector<std::int32_t>& offsets, std::int32_t place) {
  return static_cast<std::size_t>(std::upper_bound(offsets.begin(), offsets.end(), place) - offsets.begin()) -
         1;
}

/// The places, also where they are not written down.
graph::Places places_of(const Located& values) {
  if (!values.places.empty()) return values.places;
  graph::Places places(static_cast<std::size_t>(graph::volume(values.shape)));
  for (std::size_t i = 0; i < places.size(); ++i) places[i] = static_cast<std::int32_t>(i);
  return places;
}

void drop_unread_sources(Located& values) {
  const std::vector<std::int32_t> offsets = offsets_of(values.sources);
  std::vector<bool> read(values.sources.size(), false);
  for (const std::int32_t place : values.places)
    if (place != graph::kNoPlace) read[source_at(offsets, place)] = true;
  std::vector<StageInput> kept;
  std::vector<std::int32_t> shift;
  std::int32_t dropped = 0;
  for (std::size_t s = 0; s < values.sources.size(); ++s) {
    shift.push_back(dropped);
    if (read[s])
      kept.push_back(values.sources[s]);
    else
      dropped += volume_of(values.sources[s]);
  }
  if (dropped == 0) return;
  for (std::int32_t& place : values.places)
    if (place != graph::kNoPlace) place -= shift[source_at(offsets, place)];
  values.sources = std::move(kept);
}

/// Are the values all that the sources deliver, in its order?
bool is_in_place(const Located& values) {
  if (static_cast<std::int32_t>(values.places.size()) != offsets_of(values.sources).back()) return false;
  for (std::size_t i = 0; i < values.places.size(); ++i)
    if (values.places[i] != static_cast<std::int32_t>(i)) return false;
  return true;
}

void append(std::vector<ChannelPart>& parts, const ChannelPart& part) {
  if (!parts.empty() && parts.back().stage == part.stage && parts.back().end == part.begin)
    parts.back().end = part.end;
  else
    parts.push_back(part);
}

/// Whole channels of the sources that are the values in their order; empty if they are none.
std::vector<ChannelPart> channels_of(const Located& values) {
  const std::int32_t pixels = raster_of(values.sources.front().shape).pixels();
  const graph::Places places = places_of(values);
  const std::vector<std::int32_t> offsets = offsets_of(values.sources);
  std::vector<ChannelPart> parts;
  if (places.size() % static_cast<std::size_t>(pixels) != 0) return {};
  for (std::size_t i = 0; i < places.size(); i += static_cast<std::size_t>(pixels)) {
    if (places[i] == graph::kNoPlace) return {};
    const std::size_t s = source_at(offsets, places[i]);
    const std::int32_t inside = places[i] - offsets[s];
    if (inside % pixels != 0) return {};
    for (std::int32_t pixel = 1; pixel < pixels; ++pixel)
      if (places[i + static_cast<std::size_t>(pixel)] != places[i] + pixel) return {};
    append(parts, {values.sources[s].stage, inside / pixels, inside / pixels + 1});
  }
  return parts;
}

}  // namespace

Located moved(const std::vector<const Located*>& inputs, const graph::Places& places, graph::Shape shape) {
  Located values;
  values.shape = std::move(shape);
  std::vector<std::int32_t> begins{0};   // of each input in all of them
  std::vector<std::int32_t> offsets{0};  // of each source in the new ones
  std::vector<graph::Places> from;       // of each input's values, in the new sources
  for (const Located* input : inputs) {
    begins.push_back(begins.back() + static_cast<std::int32_t>(graph::volume(input->shape)));
    std::vector<std::int32_t> moved_to;
    for (const StageInput& source : input->sources) {
      const auto same = std::find_if(values.sources.begin(), values.sources.end(),
                                     [&](const StageInput& s) { return s.stage == source.stage; });
      moved_to.push_back(offsets[static_cast<std::size_t>(same - values.sources.begin())]);
      if (same != values.sources.end()) continue;
      values.sources.push_back(source);
      offsets.push_back(offsets.back() + volume_of(source));
    }
    const std::vector<std::int32_t> own = offsets_of(input->sources);
    from.push_back(places_of(*input));
    for (std::int32_t& place : from.back()) {
      if (place == graph::kNoPlace) continue;
      const std::size_t s = source_at(own, place);
      place += moved_to[s] - own[s];
    }
  }
  values.places = places;
  for (std::int32_t& place : values.places) {
    if (place == graph::kNoPlace) continue;
    const std::size_t input = source_at(begins, place);
    place = from[input][static_cast<std::size_t>(place - begins[input])];
  }
  drop_unread_sources(values);
  if (!values.sources.empty() && is_in_place(values)) values.places.clear();
  return values;
}

std::optional<StageInput> in_order(const Located& values) {
  if (values.sources.size() == 1 && values.places.empty()) return values.sources.front();
  if (values.sources.empty()) return std::nullopt;
  const Raster first = raster_of(values.sources.front().shape);
  for (const StageInput& source : values.sources) {
    const Raster raster = raster_of(source.shape);
    if (raster.height != first.height || raster.width != first.width) return std::nullopt;
  }
  StageInput input;
  input.parts = channels_of(values);
  if (input.parts.empty() || input.parts.size() > kPartsPerSource * values.sources.size())
    return std::nullopt;
  int channels = 0;
  for (const ChannelPart& part : input.parts) channels += part.end - part.begin;
  input.stage = kParts;
  input.shape = {channels, first.height, first.width};
  return input;
}

graph::Shape line_of(const graph::Shape& sequence) {
  const int heads = sequence.size() == 3 ? sequence[0] : 1;
  return {heads * sequence.back(), sequence.at(sequence.size() - 2)};
}

graph::Places places_in(const graph::Shape& sequence) {
  const int width = sequence.back(), steps = sequence.at(sequence.size() - 2);
  const graph::Shape line = line_of(sequence);
  graph::Places places;
  places.reserve(static_cast<std::size_t>(graph::volume(sequence)));
  for (int channel = 0; channel < line[0]; ++channel)
    for (int step = 0; step < steps; ++step)
      places.push_back((channel / width * steps + step) * width + channel % width);
  return places;
}

graph::Places places_in_line(const graph::Shape& sequence) {
  const graph::Places forward = places_in(sequence);
  graph::Places places(forward.size());
  for (std::size_t i = 0; i < forward.size(); ++i) places[forward[i]] = static_cast<std::int32_t>(i);
  return places;
}

MoveWork work_of(const Located& values, const Raster& raster) {
  const graph::Places places = places_of(values);
  const std::vector<std::int32_t> offsets = offsets_of(values.sources);
  MoveWork work;
  work.places.reserve(places.size());
  for (int pixel = 0; pixel < raster.pixels(); ++pixel)
    for (int channel = 0; channel < raster.channels; ++channel) {
      const std::int32_t place = places[static_cast<std::size_t>(channel) * raster.pixels() + pixel];
      Place& to = work.places.emplace_back();
      if (place == graph::kNoPlace) continue;
      const std::size_t s = source_at(offsets, place);
      const Raster from = raster_of(values.sources[s].shape);
      const std::int32_t inside = place - offsets[s];
      to = {static_cast<int>(s), inside % from.pixels() * from.channels + inside / from.pixels()};
    }
  return work;
}

}  // namespace phasecore::mapping
