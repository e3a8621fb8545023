// The firings of a core's task on their way through its three units, one after the other.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/chip/token_channel.hpp"

namespace phasecore::chip {

/// A task's input together with the buffer its tokens lie in.
struct BufferedInput {
  const program::Input* input = nullptr;
  TokenChannel* channel = nullptr;
};

/// Shared by the units of one core: which firing has got how far (counted over all images).
struct Firings {
  int task_id = -1;
  const program::Task* task = nullptr;
  std::int64_t total = 0;
  std::int64_t loads_started = 0, loads_ended = 0;
  std::int64_t mvms_started = 0, mvms_ended = 0;
  std::int64_t digitals_started = 0, digitals_ended = 0;
  std::vector<BufferedInput> inputs;
  mutable std::size_t missing = 0;  ///< input that holds() found to lack a token, last

  std::int64_t image(std::int64_t firing) const { return firing / task->firings; }
  int index(std::int64_t firing) const { return static_cast<int>(firing % task->firings); }

  /// Are the tokens of the inputs of this phase there? For streaming streams their heads are enough.
  bool holds(program::Phase phase, std::int64_t firing) const {
    // What was missing last is most often what is missing now: a task of many inputs need not look at all of
    // them for every token.
    if (missing < inputs.size() && !holds(inputs[missing], phase, firing)) return false;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (holds(inputs[i], phase, firing)) continue;
      missing = i;
      return false;
    }
    return true;
  }

  /// True of inputs of the other phase, too.
  bool holds(const BufferedInput& in, program::Phase phase, std::int64_t firing) const {
    if (in.input->phase != phase) return true;
    const int need = in.input->need[index(firing)];
    return in.channel->stream().streaming ? in.channel->holds_head(image(firing), need)
                                          : in.channel->holds(image(firing), need);
  }

  void release(program::Phase phase, std::int64_t firing, Picoseconds now) {
    for (BufferedInput& in : inputs)
      if (in.input->phase == phase) in.channel->release(image(firing), in.input->release[index(firing)], now);
  }

  /// Has a token of the image of this firing come on any input?
  bool begun(std::int64_t firing) const {
    for (const BufferedInput& in : inputs)
      if (in.channel->started(image(firing))) return true;
    return false;
  }
};

inline bool emits(const program::Output& output, int firing_of_image) {
  return output.emits.empty() || output.emits[firing_of_image] != 0;
}

}  // namespace phasecore::chip
