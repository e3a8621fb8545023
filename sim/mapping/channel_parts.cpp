#include "sim/mapping/channel_parts.hpp"

#include <algorithm>
#include <utility>

#include "sim/mapping/mapping.hpp"

namespace phasecore::mapping {
namespace {

int channels_of(const Stage& stage) {
  return raster_of(stage.out_shape).channels;
}

/// Channels [begin, end) of what these parts are side by side.
std::vector<ChannelPart> slice(const std::vector<ChannelPart>& parts, int begin, int end) {
  std::vector<ChannelPart> sliced;
  int first = 0;
  for (const ChannelPart& part : parts) {
    const int last = first + part.end - part.begin;
    const int from = std::max(begin, first), to = std::min(end, last);
    if (from < to) sliced.push_back({part.stage, part.begin + from - first, part.begin + to - first});
    first = last;
  }
  return sliced;
}

/// Units [begin, end) of what a stage delivers.
Stage part_of(const Stage& whole, int begin, int end) {
  const int units = whole.work->channel_units(whole);
  Stage part = whole;
  part.out_shape[0] = channels_of(whole) / units * (end - begin);
  part.macs = whole.macs / units * (end - begin);
  for (StageInput& input : part.inputs) {
    const int each = raster_of(input.shape).channels / units;
    input.parts = slice(parts_of(input), begin * each, end * each);
    input.stage = kParts;
    input.shape[0] = each * (end - begin);
  }
  return part;
}

/// Where the channels of stage `s` are when it has become several; later stages move back.
std::vector<ChannelPart> moved(const ChannelPart& part, int s, const std::vector<ChannelPart>& now) {
  const int added = static_cast<int>(now.size()) - 1;
  if (part.stage == s) return slice(now, part.begin, part.end);
  return {{part.stage > s ? part.stage + added : part.stage, part.begin, part.end}};
}

void follow(StageInput& input, int s, const std::vector<ChannelPart>& now) {
  if (input.stage != kParts && input.stage != s) {
    if (input.stage > s) input.stage += static_cast<int>(now.size()) - 1;
    return;
  }
  std::vector<ChannelPart> parts;
  for (const ChannelPart& part : parts_of(input))
    for (const ChannelPart& one : moved(part, s, now)) parts.push_back(one);
  input.parts = std::move(parts);
  input.stage = kParts;
}

}  // namespace

int most_channel_parts(const std::vector<Stage>& stages, int s) {
  const Stage& stage = stages[s];
  const bool is_last = s + 1 == static_cast<int>(stages.size());
  if (stage.as<MvmWork>() != nullptr || stage.beside >= 0 || is_last) return 1;
  return stage.work->channel_units(stage);
}

int least_channel_parts(const Stage& stage, const config::Chip& chip) {
  if (chip.memory.bytes == 0) return 1;
  const int units = stage.work->channel_units(stage);
  const std::int64_t bytes = stage.work->held_bytes(stage) / units;  // of a unit
  for (int parts = 1; parts < units; ++parts)
    if (bytes * ceil_div(units, parts) <= chip.memory.bytes) return parts;
  return units;
}

int useful_channel_parts(int channels, const config::Chip& chip) {
  return std::clamp(2 * channels / std::max(chip.network.flit_bytes, 1), 1, channels);
}

void split_channels(std::vector<Stage>& stages, int s, int parts) {
  common::ensure(parts > 1 && parts <= most_channel_parts(stages, s), "mapping: channels cannot be cut so");
  const int units = stages[s].work->channel_units(stages[s]);
  std::vector<Stage> all;
  std::vector<ChannelPart> now;
  for (int i = 0; i < parts; ++i) {
    all.push_back(part_of(stages[s], i * units / parts, (i + 1) * units / parts));
    all.back().part = i;
    all.back().parts = parts;
    now.push_back({s + i, 0, channels_of(all.back())});
  }
  for (int later = s + 1; later < static_cast<int>(stages.size()); ++later) {
    for (StageInput& input : stages[later].inputs) follow(input, s, now);
    if (stages[later].beside > s) stages[later].beside += static_cast<int>(now.size()) - 1;
  }
  // Stages in front of it can share a core with one behind it.
  for (int earlier = 0; earlier < s; ++earlier)
    if (stages[earlier].beside > s) stages[earlier].beside += static_cast<int>(now.size()) - 1;
  stages[s] = std::move(all.front());
  stages.insert(stages.begin() + s + 1, std::make_move_iterator(all.begin() + 1),
                std::make_move_iterator(all.end()));
}

}  // namespace phasecore::mapping
