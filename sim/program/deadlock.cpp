#include "sim/program/deadlock.hpp"

#include <algorithm>
#include <map>

#include "common/diagnostics.hpp"
#include "sim/program/turns.hpp"

namespace phasecore::program {
namespace {

class OneByOne {
 public:
  OneByOne(const Program& p, int images)
      : p_(p), images_(images), fired_(p.tasks.size()), core_(p.tasks.size()) {
    std::map<int, std::vector<int>> tasks;
    for (int t = 0; t < static_cast<int>(p.tasks.size()); ++t)
      if (p.tasks[t].core != kHost) tasks[p.tasks[t].core].push_back(t);
    for (const auto& [core, on_core] : tasks) {
      for (const int task : on_core) core_[task] = static_cast<int>(cores_.size()) + 1;
      cores_.push_back({Turns(p, on_core, images), 0});
    }
    for (const Stream& s : p.streams) sent_.push_back(s.initial_tokens);
    freed_.resize(p.streams.size());
  }

  void run() {
    std::vector<int> ready(p_.tasks.size());
    for (std::size_t t = 0; t < ready.size(); ++t) ready[t] = static_cast<int>(t);
    while (!ready.empty()) {
      const int task = ready.back();
      ready.pop_back();
      if (!able(task)) continue;
      fire(task);
      ready.push_back(task);
      for (const Input& in : p_.tasks[task].inputs) ready.push_back(p_.streams[in.stream].from);
      for (const Output& out : p_.tasks[task].outputs) ready.push_back(p_.streams[out.stream].to);
      if (core_[task] == 0) continue;
      Core& core = cores_[core_[task] - 1];
      if (core.turn < core.turns.total())
        ready.push_back(core.turns.tasks()[core.turns.at(core.turn).member]);
    }
    std::string who;
    for (std::size_t t = 0; t < p_.tasks.size(); ++t)
      if (fired_[t] < total(static_cast<int>(t)))
        who += "; task " + std::to_string(t) + " fires " + std::to_string(fired_[t]) + " times of " +
               std::to_string(total(static_cast<int>(t)));
    common::ensure(who.empty(),
                   "program: its tasks wait for each other in " + std::to_string(images_) + " images" + who);
  }

 private:
  struct Core {
    Turns turns;
    std::int64_t turn = 0;
  };

  std::int64_t total(int task) const { return std::int64_t{p_.tasks[task].firings} * images_; }

  bool able(int index) {
    const Task& task = p_.tasks[index];
    const std::int64_t g = fired_[index], image = g / task.firings, local = g % task.firings;
    if (g == total(index)) return false;
    if (core_[index] > 0) {
      Core& core = cores_[core_[index] - 1];
      if (core.turns.tasks()[core.turns.at(core.turn).member] != index) return false;
    }
    for (const Input& in : task.inputs)
      if (in.need[local] > 0 && sent_[in.stream] < image * p_.streams[in.stream].tokens + in.need[local])
        return false;
    for (const Output& out : task.outputs)
      if (emits(out, local) && sent_[out.stream] - freed(out.stream) >= p_.streams[out.stream].capacity)
        return false;
    return true;
  }

  std::int64_t freed(int stream) const { return std::min(freed_[stream], sent_[stream]); }

  void fire(int index) {
    const Task& task = p_.tasks[index];
    const std::int64_t g = fired_[index]++, image = g / task.firings, local = g % task.firings;
    for (const Output& out : task.outputs)
      if (emits(out, local)) ++sent_[out.stream];
    for (const Input& in : task.inputs)
      freed_[in.stream] = image * p_.streams[in.stream].tokens + in.release[local];
    if (core_[index] > 0) {
      Core& core = cores_[core_[index] - 1];
      core.turns.forget(++core.turn);
    }
  }

  const Program& p_;
  const int images_;
  std::vector<std::int64_t> fired_;  ///< per task
  std::vector<int> core_;            ///< per task: 1 + index into cores_; 0: the host's
  std::vector<Core> cores_;
  std::vector<std::int64_t> sent_, freed_;  ///< per stream
};

}  // namespace

int images_ahead(const Program& program) {
  int images = 0;
  for (const CoreOrder& order : program.orders) {
    int longest = 0;
    for (const CoreOrder::Member& member : order.members) {
      const int firings = program.tasks[member.task].firings;
      longest = std::max(longest, (member.lag + firings - 1) / firings);
    }
    images += longest;
  }
  return images;
}

int images_of_a_circle(const Program& program) {
  return 1 + images_ahead(program);
}

void require_no_deadlock(const Program& program) {
  OneByOne(program, images_of_a_circle(program)).run();
}

}  // namespace phasecore::program
