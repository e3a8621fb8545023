#include "sim/mapping/demand_driven_run.hpp"

#include <algorithm>
#include <cstdint>

#include "common/diagnostics.hpp"
#include "sim/program/deadlock.hpp"
#include "sim/program/turns.hpp"

namespace phasecore::mapping {
namespace {

class DemandDrivenRun {
 public:
  /// `fired`: takes every task as it fires, if it is not null.
  DemandDrivenRun(const program::Program& p, std::vector<int>* fired)
      : program_(p),
        sequence_(fired),
        images_(images_to_look_at(p)),
        fired_(p.tasks.size()),
        firing_(p.tasks.size()),
        core_(p.tasks.size(), nullptr),
        freed_(p.streams.size()) {
    for (const program::Stream& stream : p.streams) sent_.push_back(stream.initial_tokens);
    most_ = sent_;
    cores_.reserve(p.orders.size());
    for (const program::CoreOrder& order : p.orders) {
      std::vector<int> tasks;
      for (const auto& member : order.members) tasks.push_back(member.task);
      cores_.push_back({program::Turns(p, tasks, images_), 0});
      for (const int task : tasks) core_[task] = &cores_.back();
    }
  }

  void run() {
    while (left(program_.sink)) fire(program_.sink);
    // What no logit depends on, consumers before their producers (tasks are listed in topological order).
    for (int t = static_cast<int>(program_.tasks.size()); t-- > 0;)
      while (left(t)) fire(t);
  }

  const std::vector<int>& most() const { return most_; }

 private:
  /// A core that several tasks share.
  struct Core {
    program::Turns turns;
    std::int64_t turn = 0;
  };

  /// On shared cores one more than show that nothing hangs: buffers as full as an image makes them that
  /// follows another.
  static int images_to_look_at(const program::Program& p) {
    return program::images_of_a_circle(p) + (p.orders.empty() ? 0 : 1);
  }

  bool left(int task) const { return fired_[task] < program_.tasks[task].firings * images_; }

  void demand(int stream, int tokens) {
    while (sent_[stream] < tokens) fire(program_.streams[stream].from);
  }

  /// First all whose turn comes before.
  void await_turn(int task) {
    Core& core = *core_[task];
    while (true) {
      const int next = core.turns.tasks()[core.turns.at(core.turn).member];
      if (next == task) return;
      fire(next);
    }
  }

  void fire(int index) {
    const program::Task& task = program_.tasks[index];
    common::ensure(left(index), "mapping: more tokens are needed than are sent");
    common::ensure(firing_[index] == 0, "mapping: a loop with too few initial tokens, or turns that hang");
    if (core_[index] != nullptr) await_turn(index);
    const int firing = fired_[index] % task.firings, image = fired_[index] / task.firings;
    firing_[index] = 1;
    for (const program::Input& input : task.inputs)
      if (input.need[firing] > 0)
        demand(input.stream, image * program_.streams[input.stream].tokens + input.need[firing]);
    for (const program::Output& output : task.outputs) {
      if (!program::emits(output, firing)) continue;
      const int held = ++sent_[output.stream] - freed_[output.stream];
      most_[output.stream] = std::max(most_[output.stream], held);
    }
    for (const program::Input& input : task.inputs)
      freed_[input.stream] = std::max(freed_[input.stream],
                                      image * program_.streams[input.stream].tokens + input.release[firing]);
    ++fired_[index];
    if (sequence_ != nullptr) sequence_->push_back(index);
    firing_[index] = 0;
    if (core_[index] != nullptr) core_[index]->turns.forget(++core_[index]->turn);
  }

  const program::Program& program_;
  std::vector<int>* sequence_;
  const int images_;
  std::vector<int> fired_;    ///< per task
  std::vector<char> firing_;  ///< per task: it waits for others
  std::vector<Core> cores_;
  std::vector<Core*> core_;               ///< per task: null unless several share it
  std::vector<int> sent_, freed_, most_;  ///< per stream
};

}  // namespace

std::vector<int> demand_driven_fills(const program::Program& program) {
  DemandDrivenRun run(program, nullptr);
  run.run();
  return run.most();
}

std::vector<int> demand_driven_sequence(const program::Program& program) {
  std::vector<int> sequence;
  DemandDrivenRun(program, &sequence).run();
  return sequence;
}

}  // namespace phasecore::mapping
