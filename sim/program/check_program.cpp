// Our own invariants of a program: every engine may rely on them.
#include <algorithm>
#include <set>

#include "common/diagnostics.hpp"
#include "sim/program/program.hpp"

namespace phasecore::program {
namespace {

class Checker {
 public:
  Checker(const Program& program, const Structure& structure) : p_(program), s_(structure) {}

  void run() {
    check_structure();
    check_tasks();
    for (std::size_t i = 0; i < p_.streams.size(); ++i) check_stream(static_cast<int>(i));
    check_bindings();
    check_ends();
  }

 private:
  void require(bool ok, const std::string& where, const std::string& what) const {
    if (!ok) throw common::InternalError("program: " + where + ": " + what);
  }
  std::string task_name(int task) const {
    const Task& t = p_.tasks[task];
    const bool named = t.layer >= 0 && t.layer < static_cast<int>(p_.layers.size());
    return "task " + std::to_string(task) + (named ? " (" + p_.layers[t.layer] + ")" : "");
  }
  int cores() const { return s_.columns * s_.rows; }

  void check_structure() const {
    require(s_.columns > 0 && s_.rows > 0, "structure", "the grid is empty");
    require(s_.clock_ps > 0 && s_.host_clock_ps > 0, "structure", "a clock has no period");
    require(s_.flit_bytes > 0 && s_.host_bytes_per_cycle > 0, "structure", "a link has no width");
    require(s_.header_flits >= 0 && s_.router_latency >= 0, "structure",
            "a negative number of cycles or flits");
    require(s_.link_latency >= 1 && s_.host_latency >= 1, "structure", "a link without latency");
    require(!s_.host_shared || s_.mesh, "structure", "a shared host port needs a mesh");
    require(!s_.host_shared || (s_.host_core >= 0 && s_.host_core < cores()), "structure",
            "host port outside the grid");
    for (const auto& [from, to] : s_.links)
      require(from >= 0 && from < cores() && to >= 0 && to < cores() && from != to, "structure",
              "link " + std::to_string(from) + " -> " + std::to_string(to) + " has an end outside the grid");
  }

  void check_tasks() const {
    std::set<int> taken;
    for (int i = 0; i < static_cast<int>(p_.tasks.size()); ++i) {
      const Task& t = p_.tasks[i];
      const std::string name = task_name(i);
      require(t.layer >= 0 && t.layer < static_cast<int>(p_.layers.size()), name, "has no layer");
      require(t.firings > 0, name, "never fires");
      require(t.load_ps >= 0 && t.mvm_ps >= 0 && t.digital_ps >= 0 && t.pipeline_ps >= 0, name,
              "a negative time");
      require((t.core == kHost) == (t.kind == TaskKind::Host), name,
              "host tasks and only they sit on the host");
      if (t.core == kHost) {
        require(t.load_ps + t.mvm_ps + t.digital_ps + t.pipeline_ps == 0, name, "host tasks take no time");
      } else {
        require(t.core >= 0 && t.core < cores(), name,
                "core " + std::to_string(t.core) + " is outside the grid");
        require(taken.insert(t.core).second, name, "core " + std::to_string(t.core) + " already has a task");
        require(t.digital_ps > 0 && t.pipeline_ps <= t.digital_ps, name,
                "digital_ps must be positive, pipeline_ps within");
      }
      for (const auto energy : t.firing_energy) require(energy >= 0, name, "a negative energy");
    }
  }

  void check_stream(int index) const {
    const Stream& s = p_.streams[index];
    const std::string name = "stream " + std::to_string(index);
    const auto is_task = [&](int t) { return t >= 0 && t < static_cast<int>(p_.tasks.size()); };
    require(is_task(s.from) && is_task(s.to) && s.from != s.to, name, "its ends are not two tasks");
    require(s.bytes > 0 && s.tokens > 0 && s.capacity > 0 && s.credit_ps >= 0, name,
            "empty tokens, buffer or credit");
    require(s.token_energy_network >= 0 && s.token_energy_host >= 0 && s.token_energy_write >= 0, name,
            "a negative energy");
    const int from = p_.tasks[s.from].core, to = p_.tasks[s.to].core;
    const bool between_cores = from != kHost && to != kHost;
    require(!s.streaming || (between_cores && !s_.mesh), name, "only dedicated links stream");
    require(between_cores && !s_.mesh ? s.route.size() >= 2 : s.route.empty(), name,
            "a route belongs to dedicated links between cores, and only there");
    if (!s.route.empty()) {
      require(s.route.front() == from && s.route.back() == to, name,
              "the route does not lead from producer to consumer");
      for (std::size_t i = 1; i < s.route.size(); ++i)
        require(std::find(s_.links.begin(), s_.links.end(), std::array<int, 2>{s.route[i - 1], s.route[i]}) !=
                    s_.links.end(),
                name,
                "there is no link " + std::to_string(s.route[i - 1]) + " -> " + std::to_string(s.route[i]));
    }
    if (s_.mesh && from != to && (between_cores || s_.host_shared))
      require(flits(s_, s.bytes) <= s_.buffer_flits, name,
              "packets of " + std::to_string(flits(s_, s.bytes)) + " flits do not fit buffers of " +
                  std::to_string(s_.buffer_flits));
  }

  void check_input(const Input& in, int task, const std::string& where) const {
    const Task& t = p_.tasks[task];
    const Stream& s = p_.streams[in.stream];
    require(s.to == task, where, "belongs to another consumer");
    require(static_cast<int>(in.need.size()) == t.firings && static_cast<int>(in.release.size()) == t.firings,
            where, "need and release must have one entry per firing");
    require(!s.streaming || in.phase == Phase::Digital, where, "streams into the digital unit only");
    std::int32_t needed = 0, released = 0;
    for (int i = 0; i < t.firings; ++i) {
      require(in.need[i] >= needed && in.need[i] <= s.tokens, where,
              "need must grow from 0 to the tokens of an image");
      require(in.release[i] >= released && in.release[i] <= s.tokens, where,
              "release must grow from 0 to the tokens");
      require(in.need[i] - released <= s.capacity, where,
              "firing " + std::to_string(i) + " needs " + std::to_string(in.need[i] - released) +
                  " tokens at once, the buffer holds " + std::to_string(s.capacity));
      needed = in.need[i];
      released = in.release[i];
    }
    require(released == s.tokens, where, "the last firing must release all tokens of an image");
  }

  void check_bindings() const {
    std::vector<int> produced(p_.streams.size()), consumed(p_.streams.size());
    for (int i = 0; i < static_cast<int>(p_.tasks.size()); ++i) {
      const Task& t = p_.tasks[i];
      for (const auto& in : t.inputs) {
        const std::string where = task_name(i) + ", input from stream " + std::to_string(in.stream);
        require(in.stream >= 0 && in.stream < static_cast<int>(p_.streams.size()), where,
                "there is no such stream");
        ++consumed[in.stream];
        check_input(in, i, where);
      }
      for (const auto& out : t.outputs) {
        const std::string where = task_name(i) + ", output to stream " + std::to_string(out.stream);
        require(out.stream >= 0 && out.stream < static_cast<int>(p_.streams.size()), where,
                "there is no such stream");
        ++produced[out.stream];
        const Stream& s = p_.streams[out.stream];
        require(s.from == i, where, "belongs to another producer");
        require(out.emits.empty() || static_cast<int>(out.emits.size()) == t.firings, where,
                "emits must have one entry per firing");
        const auto sent =
            out.emits.empty() ? t.firings : t.firings - std::count(out.emits.begin(), out.emits.end(), 0);
        require(sent == s.tokens, where,
                "sends " + std::to_string(sent) + " of " + std::to_string(s.tokens) + " tokens");
      }
    }
    for (std::size_t i = 0; i < p_.streams.size(); ++i)
      require(produced[i] == 1 && consumed[i] == 1, "stream " + std::to_string(i),
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
      require(i == p_.source || !p_.tasks[i].inputs.empty(), task_name(i), "waits for nothing");
  }

  const Program& p_;
  const Structure& s_;
};

}  // namespace

void check(const Program& program, const Structure& structure) {
  Checker(program, structure).run();
}

}  // namespace phasecore::program
