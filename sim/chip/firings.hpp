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

/// A visit of the task, as far as a unit wants to know it. Four bytes: units ask for it each time they look.
struct alignas(4) VisitNeeds {
  bool tokens = false;     ///< some input waits here
  bool streaming = false;  ///< one of them starts with its head
  bool fetches = false;    ///< from one of them tokens that came in another order
};

/// An input whose tokens are fetched by their addresses (T23).
struct Fetch {
  int visit = 0;
  const program::Conversion* conversion = nullptr;
};

/// A firing of a run, taken apart.
struct Moment {
  std::int64_t image = 0;
  int index = 0;  ///< of the image's firings
  void step(int firings_per_image) {
    if (++index < firings_per_image) return;
    index = 0;
    ++image;
  }
};

struct Firings {
  int task_id = -1;
  const program::Task* task = nullptr;
  std::int64_t total = 0, ended = 0;
  Moment oldest;  ///< of firing number `ended`, the first that has not
  std::vector<BufferedInput> inputs;
  std::vector<int> visit_at;  ///< of each unit of a core: which visit is there, -1: none
  std::vector<VisitNeeds> needs;
  std::vector<Fetch> fetches;
  bool passes_on = false;  ///< some of its tokens take no link
  Picoseconds first_start = 0, last_end = 0;

  Firings(RunState& run, int id) : task_id(id), task(&run.program().tasks[id]) {
    total = static_cast<std::int64_t>(task->firings) * run.options().images;
    visit_at.assign(run.platform().units.size(), -1);
    for (int v = 0; v < static_cast<int>(task->visits.size()); ++v) visit_at[task->visits[v].unit] = v;
    needs.resize(task->steps());
    for (const program::Output& output : task->outputs) passes_on |= run.channel(output.stream).has_no_way();
    for (const program::Input& input : task->inputs) {
      inputs.push_back({&input, &run.channel(input.stream)});
      needs[input.visit].tokens = true;
      needs[input.visit].streaming |= inputs.back().channel->stream().streaming;
    }
    for (const program::Conversion& conversion : run.program().conversions)
      for (const program::Input& input : task->inputs) {
        if (input.stream != conversion.stream) continue;
        fetches.push_back({input.visit, &conversion});
        needs[input.visit].fetches = true;
      }
  }

  /// T23: how much longer a visit takes for tokens that came in another order.
  Picoseconds fetching(int visit, const Moment& at) const {
    Picoseconds time = 0;
    for (const Fetch& fetch : fetches)
      if (fetch.visit == visit) time += program::fetching_ps(*fetch.conversion, at.index);
    return time;
  }

  Moment at(std::int64_t firing) const {
    return {firing / task->firings, static_cast<int>(firing % task->firings)};
  }
  void end_one(Picoseconds now) {
    last_end = now;
    ++ended;
    oldest.step(task->firings);
  }
  bool last(int visit) const { return visit + 1 == task->steps(); }

  /// Is the token there that the firing needs? For streaming streams its head is enough. True of inputs of
  /// other visits, too.
  static bool holds(const BufferedInput& in, int visit, const Moment& at) {
    if (in.input->visit != visit) return true;
    const int need = in.input->need[at.index];
    return in.channel->stream().streaming ? in.channel->holds_head(at.image, need)
                                          : in.channel->holds(at.image, need);
  }

  /// Are the tokens of all inputs of this visit there? `missing`: the input that lacked one, last.
  bool holds(int visit, const Moment& at, std::size_t& missing) const {
    if (!needs[visit].tokens) return true;
    // What was missing last is most often what is missing now: a task of many inputs need not look at all of
    // them for every token.
    if (missing < inputs.size() && !holds(inputs[missing], visit, at)) return false;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (holds(inputs[i], visit, at)) continue;
      missing = i;
      return false;
    }
    return true;
  }

  void release(int visit, const Moment& at, Picoseconds now) {
    if (!needs[visit].tokens) return;
    for (BufferedInput& in : inputs)
      if (in.input->visit == visit) in.channel->release(at.image, in.input->release[at.index], now);
  }

  void add_to(Snapshot& snapshot) const { snapshot.add_count(ended, task->firings); }
  /// Would it have done the same so far if the run had so many images, and has it something left to do?
  bool may_end_with(int images) const { return ended < of_run(images) || total == 0; }
  void end_with(int images) { total = of_run(images); }
  std::int64_t of_run(int images) const { return std::int64_t{task->firings} * images; }

  /// Has a token of the image come on any input?
  bool begun(std::int64_t image) const {
    for (const BufferedInput& in : inputs)
      if (in.channel->started(image)) return true;
    return false;
  }
};

}  // namespace phasecore::chip
