// The firings of a task: what they wait for and how many have ended.
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

/// A visit of the task, as far as a unit wants to know it.
struct VisitNeeds {
  bool tokens = false;     ///< some input waits here
  bool streaming = false;  ///< one of them starts with its head
};

struct Firings {
  int task_id = -1;
  const program::Task* task = nullptr;
  std::int64_t total = 0, ended = 0;
  std::vector<BufferedInput> inputs;
  std::vector<int> visit_at;  ///< of each unit of a core: which visit is there, -1: none
  std::vector<VisitNeeds> needs;
  Picoseconds first_start = 0, last_end = 0;

  Firings(RunState& run, int id) : task_id(id), task(&run.program().tasks[id]) {
    total = static_cast<std::int64_t>(task->firings) * run.options().images;
    visit_at.assign(run.platform().units.size(), -1);
    for (int v = 0; v < static_cast<int>(task->visits.size()); ++v) visit_at[task->visits[v].unit] = v;
    needs.resize(task->steps());
    for (const program::Input& input : task->inputs) {
      inputs.push_back({&input, &run.channel(input.stream)});
      needs[input.visit].tokens = true;
      needs[input.visit].streaming |= inputs.back().channel->stream().streaming;
    }
  }

  std::int64_t image(std::int64_t firing) const { return firing / task->firings; }
  int index(std::int64_t firing) const { return static_cast<int>(firing % task->firings); }
  bool last(int visit) const { return visit + 1 == task->steps(); }

  /// Is the token there that the firing needs? For streaming streams its head is enough. True of inputs of
  /// other visits, too.
  bool holds(const BufferedInput& in, int visit, std::int64_t firing) const {
    if (in.input->visit != visit) return true;
    const int need = in.input->need[index(firing)];
    return in.channel->stream().streaming ? in.channel->holds_head(image(firing), need)
                                          : in.channel->holds(image(firing), need);
  }

  /// Are the tokens of all inputs of this visit there? `missing`: the input that lacked one, last.
  bool holds(int visit, std::int64_t firing, std::size_t& missing) const {
    if (!needs[visit].tokens) return true;
    // What was missing last is most often what is missing now: a task of many inputs need not look at all of
    // them for every token.
    if (missing < inputs.size() && !holds(inputs[missing], visit, firing)) return false;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (holds(inputs[i], visit, firing)) continue;
      missing = i;
      return false;
    }
    return true;
  }

  void release(int visit, std::int64_t firing, Picoseconds now) {
    if (!needs[visit].tokens) return;
    for (BufferedInput& in : inputs)
      if (in.input->visit == visit) in.channel->release(image(firing), in.input->release[index(firing)], now);
  }

  /// Has a token of the image of this firing come on any input?
  bool begun(std::int64_t firing) const {
    for (const BufferedInput& in : inputs)
      if (in.channel->started(image(firing))) return true;
    return false;
  }
};

}  // namespace phasecore::chip
