// Our own invariants of a program: every engine may rely on them.
#include <algorithm>
#include <map>
#include <set>

#include "sim/program/check_routes.hpp"
#include "sim/program/conversions.hpp"
#include "sim/program/deadlock.hpp"
#include "sim/program/multicast.hpp"
#include "sim/program/program.hpp"
#include "sim/program/require.hpp"

namespace phasecore::program {
namespace {

class Checker {
 public:
  Checker(const Program& program, const Platform& platform) : p_(program), platform_(platform) {}

  void run() {
    check(platform_);
    check_tasks();
    for (std::size_t i = 0; i < p_.streams.size(); ++i) check_stream(static_cast<int>(i));
    check_routes(p_, platform_);
    check_bindings();
    check_multicasts(p_, platform_);
    check_conversions(p_);
    check_ends();
    check_orders();
  }

 private:
  template <class Where, class What>
  static void require(bool ok, const Where& where, const What& what) {
    program::require(ok, "program", where, what);
  }
  std::string task_name(int task) const {
    const Task& t = p_.tasks[task];
    const bool named = t.layer >= 0 && t.layer < static_cast<int>(p_.layers.size());
    return "task " + std::to_string(task) + (named ? " (" + p_.layers[t.layer] + ")" : "");
  }
  static std::string stream_name(int stream) { return "stream " + std::to_string(stream); }
  int cores() const { return static_cast<int>(platform_.cores.size()); }

  void check_tasks() {
    for (int i = 0; i < static_cast<int>(p_.tasks.size()); ++i) {
      const Task& t = p_.tasks[i];
      const auto name = [&] { return task_name(i); };
      require(t.layer >= 0 && t.layer < static_cast<int>(p_.layers.size()), name, "has no layer");
      require(t.firings > 0, name, "never fires");
      require((t.core == kHost) == (t.kind == TaskKind::Host), name,
              "host tasks and only they sit on the host");
      check_visits(t, name);
      if (t.core == kHost) continue;
      require(t.core >= 0 && t.core < cores(), name,
              [&] { return "core " + std::to_string(t.core) + " is outside the grid"; });
      ++on_core_[t.core];
    }
  }

  template <class Name>
  void check_visits(const Task& t, const Name& name) const {
    if (t.core == kHost) return require(t.visits.empty(), name, "host tasks visit no units");
    require(!t.visits.empty(), name, "visits no unit");
    int before = -1;
    for (const Visit& v : t.visits) {
      require(v.unit > before && v.unit < static_cast<int>(platform_.units.size()), name,
              "its visits are not at units of a core in ascending order");
      before = v.unit;
      require(v.duration_ps >= 0 && v.pipeline_ps >= 0, name, "a negative time");
      require(v.pipeline_ps <= v.duration_ps, name, "pipeline_ps must be within the visit");
      require(v.registers > 0, name, "a unit without a register for its result");
      for (const auto energy : v.energy) require(energy >= 0, name, "a negative energy");
    }
    require(t.visits.back().duration_ps > 0, name, "its last visit takes no time");
  }

  void check_stream(int index) const {
    const Stream& s = p_.streams[index];
    const auto name = [&] { return stream_name(index); };
    const auto is_task = [&](int t) { return t >= 0 && t < static_cast<int>(p_.tasks.size()); };
    require(is_task(s.from) && is_task(s.to), name, "its ends are not two tasks");
    require((s.bytes > 0 || s.signal) && s.tokens > 0 && s.capacity > 0 && s.credit_ps >= 0, name,
            "empty tokens, buffer or credit");
    const bool costs =
        s.bytes != 0 || s.token_energy_network != 0 || s.token_energy_host != 0 || s.token_energy_write != 0;
    require(!s.signal || !(costs || s.streaming || s.partial_sum), name, "a signal that carries something");
    require(s.token_energy_network >= 0 && s.token_energy_host >= 0 && s.token_energy_write >= 0, name,
            "a negative energy");
    require(s.initial_tokens >= 0 && s.initial_tokens <= s.capacity, name,
            "its buffer does not hold the initial tokens");
  }

  void check_input(const Input& in, int task) const {
    const auto where = [&] { return task_name(task) + ", input from " + stream_name(in.stream); };
    require(in.stream >= 0 && in.stream < static_cast<int>(p_.streams.size()), where,
            "there is no such stream");
    const Task& t = p_.tasks[task];
    const Stream& s = p_.streams[in.stream];
    require(s.to == task, where, "belongs to another consumer");
    require(static_cast<int>(in.need.size()) == t.firings && static_cast<int>(in.release.size()) == t.firings,
            where, "need and release must have one entry per firing");
    require(in.visit >= 0 && in.visit < t.steps(), where, "no visit waits for it");
    std::int32_t needed = 0, released = 0;
    for (int i = 0; i < t.firings; ++i) {
      require(in.need[i] >= needed && in.need[i] <= s.tokens, where,
              "need must grow from 0 to the tokens of an image");
      require(in.release[i] >= released && in.release[i] <= s.tokens, where,
              "release must grow from 0 to the tokens");
      require(in.need[i] - released <= s.capacity, where, [&] {
        return "firing " + std::to_string(i) + " needs " + std::to_string(in.need[i] - released) +
               " tokens at once, the buffer holds " + std::to_string(s.capacity);
      });
      needed = in.need[i];
      released = in.release[i];
    }
    require(released == s.tokens, where, "the last firing must release all tokens of an image");
  }

  void check_output(const Output& out, int task) const {
    const Task& t = p_.tasks[task];
    const auto where = [&] { return task_name(task) + ", output to " + stream_name(out.stream); };
    require(out.stream >= 0 && out.stream < static_cast<int>(p_.streams.size()), where,
            "there is no such stream");
    const Stream& s = p_.streams[out.stream];
    require(s.from == task, where, "belongs to another producer");
    require(out.emits.empty() || static_cast<int>(out.emits.size()) == t.firings, where,
            "emits must have one entry per firing");
    const auto sent =
        out.emits.empty() ? t.firings : t.firings - std::count(out.emits.begin(), out.emits.end(), 0);
    require(sent == s.tokens, where,
            [&] { return "sends " + std::to_string(sent) + " of " + std::to_string(s.tokens) + " tokens"; });
  }

  void check_bindings() const {
    std::vector<int> produced(p_.streams.size()), consumed(p_.streams.size());
    for (int i = 0; i < static_cast<int>(p_.tasks.size()); ++i) {
      const Task& t = p_.tasks[i];
      for (const auto& in : t.inputs) {
        check_input(in, i);
        ++consumed[in.stream];
      }
      for (const auto& out : t.outputs) {
        check_output(out, i);
        ++produced[out.stream];
      }
    }
    for (int i = 0; i < static_cast<int>(p_.streams.size()); ++i)
      require(
          produced[i] == 1 && consumed[i] == 1, [&] { return stream_name(i); },
          "needs one producer and one consumer");
  }

  void check_ends() const {
    const auto is_host = [&](int t) {
      return t >= 0 && t < static_cast<int>(p_.tasks.size()) && p_.tasks[t].core == kHost;
    };
    require(is_host(p_.source) && is_host(p_.sink) && p_.source != p_.sink, "source and sink",
            "must be two host tasks");
    require(p_.tasks[p_.source].inputs.empty() && !p_.tasks[p_.source].outputs.empty(), "source",
            "must only produce");
    const Task& sink = p_.tasks[p_.sink];
    require(!sink.inputs.empty() && sink.outputs.empty(), "sink", "must only consume");
    for (const auto& in : sink.inputs)
      require(in.need.back() == p_.streams[in.stream].tokens, "sink", "must wait for all logits");
    for (int i = 0; i < static_cast<int>(p_.tasks.size()); ++i)
      require(
          i == p_.source || !p_.tasks[i].inputs.empty(), [&] { return task_name(i); }, "waits for nothing");
  }

  /// Every shared core has one order, with a turn for each firing; with these orders and buffers runs finish.
  void check_orders() const {
    std::map<int, int> ordered;
    for (const CoreOrder& order : p_.orders) {
      const std::string name = "order of core " + std::to_string(order.core);
      require(ordered.emplace(order.core, static_cast<int>(order.members.size())).second, name,
              "there are two");
      std::vector<int> turns(order.members.size());
      for (const int member : order.turns) {
        require(member >= 0 && member < static_cast<int>(turns.size()), name, "a turn of no task");
        ++turns[member];
      }
      std::set<int> tasks;
      for (std::size_t m = 0; m < turns.size(); ++m) {
        const int task = order.members[m].task;
        require(task >= 0 && task < static_cast<int>(p_.tasks.size()) && p_.tasks[task].core == order.core &&
                    tasks.insert(task).second,
                name, "its members are not the tasks of the core");
        require(turns[m] == p_.tasks[task].firings, name,
                [&] { return "not one turn for each firing of " + task_name(task); });
        require(order.members[m].lag >= 0, name, "a negative lag");
      }
    }
    for (const auto& [core, tasks] : on_core_)
      require(
          tasks == 1 ? ordered.count(core) == 0 : ordered.count(core) == 1 && ordered[core] == tasks,
          [&, c = core] { return "core " + std::to_string(c); },
          "its tasks have no order, or a single one has");
    if (!p_.orders.empty()) require_no_deadlock(p_);
  }

  const Program& p_;
  const Platform& platform_;
  std::map<int, int> on_core_;  ///< number of tasks
};

}  // namespace

void check(const Program& program, const Platform& platform) {
  Checker(program, platform).run();
}

}  // namespace phasecore::program
