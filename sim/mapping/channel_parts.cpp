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

Stage part_of(const Stage& whole, int begin, int end) {
  Stage part = whole;
  part.out_shape[0] = end - begin;
  for (StageInput& input : part.inputs) {
    input.parts = slice(parts_of(input), begin, end);
    input.stage = kParts;
    input.shape[0] = end - begin;
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
  return stage.work->is_by_channel(stage) ? channels_of(stage) : 1;
}

int useful_channel_parts(int channels, const config::Chip& chip) {
  return std::clamp(2 * channels / std::max(chip.network.flit_bytes, 1), 1, channels);
}

void split_channels(std::vector<Stage>& stages, int s, int parts) {
  common::ensure(parts > 1 && parts <= most_channel_parts(stages, s), "mapping: channels cannot be cut so");
  const int channels = channels_of(stages[s]);
  std::vector<Stage> all;
  std::vector<ChannelPart> now;
  for (int i = 0; i < parts; ++i) {
    const int begin = i * channels / parts, end = (i + 1) * channels / parts;
    all.push_back(part_of(stages[s], begin, end));
    all.back().part = i;
    all.back().parts = parts;
    now.push_back({s + i, 0, end - begin});
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
