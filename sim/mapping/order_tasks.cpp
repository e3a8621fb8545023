#include "sim/mapping/order_tasks.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <tuple>

#include "sim/mapping/demand_driven_run.hpp"
#include "sim/program/conversions.hpp"

namespace phasecore::mapping {
namespace {

using program::Picoseconds;
using program::Program;

std::int64_t floor_div(std::int64_t a, std::int64_t b) {
  return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);
}

/// When a task fires, relative to its start; firings and images before the first have times, too.
class Pace {
 public:
  Pace(Picoseconds period, int firings) : period_(period), firings_(firings) {}
  Picoseconds of(std::int64_t firing) const {
    const std::int64_t image = floor_div(firing, firings_);
    return image * period_ + (firing - image * firings_) * period_ / firings_;
  }
  /// The first firing whose time is not before `time`.
  std::int64_t first_from(Picoseconds time) const {
    const std::int64_t image = floor_div(time, period_);
    std::int64_t low = 0, high = firings_;
    while (low < high) {
      const std::int64_t middle = (low + high) / 2;
      if (middle * period_ / firings_ >= time - image * period_)
        high = middle;
      else
        low = middle + 1;
    }
    return image * firings_ + low;
  }

 private:
  Picoseconds period_;
  std::int64_t firings_;
};

/// One stream with both ends.
struct Channel {
  const program::Stream& stream;
  const program::Input& input;
  std::vector<int> sends;  ///< firings of an image that send a token

  /// The firing (of the run, may be negative) that sends token number `token`, counted from 0 with the
  /// initial ones.
  std::int64_t sender(std::int64_t token, int firings) const {
    const std::int64_t sent = token - stream.initial_tokens;
    const std::int64_t image = floor_div(sent, stream.tokens);
    return image * firings + sends[sent - image * stream.tokens];
  }
  /// The firing of the receiver at whose end token number `token` is free.
  std::int64_t freer(std::int64_t token, int firings) const {
    const std::int64_t image = floor_div(token, stream.tokens);
    const auto& release = input.release;
    const auto found = std::upper_bound(release.begin(), release.end(), token - image * stream.tokens);
    return image * firings + (found - release.begin());
  }
};

std::vector<Channel> channels_of(const Program& p) {
  std::vector<const program::Input*> inputs(p.streams.size());
  for (const auto& task : p.tasks)
    for (const auto& input : task.inputs) inputs[input.stream] = &input;
  std::vector<Channel> channels;
  for (std::size_t s = 0; s < p.streams.size(); ++s) channels.push_back({p.streams[s], *inputs[s], {}});
  for (const auto& task : p.tasks)
    for (const auto& output : task.outputs)
      for (int i = 0; i < task.firings; ++i)
        if (program::emits(output, i)) channels[output.stream].sends.push_back(i);
  return channels;
}

/// The work of an image on the busiest core, unit by unit.
Picoseconds busiest(const Program& p) {
  std::map<std::tuple<int, int>, Picoseconds> units;
  Picoseconds most = 1;
  for (int t = 0; t < static_cast<int>(p.tasks.size()); ++t) {
    const program::Task& task = p.tasks[t];
    most = std::max<Picoseconds>(most, task.firings);
    for (int v = 0; v < static_cast<int>(task.visits.size()); ++v)
      most = std::max(most, units[{task.core, task.visits[v].unit}] +=
                            task.firings * task.visits[v].duration_ps + program::fetching_per_image(p, t, v));
  }
  return most;
}

/// start[to] >= start[from] + distance.
struct Edge {
  int from = 0, to = 0;
  Picoseconds distance = 0;
};

/// How long a firing of each task may wait for its core: one firing of every other task there.
std::vector<Picoseconds> waits(const Program& p) {
  std::map<int, Picoseconds> round;  // of a core
  for (const program::Task& task : p.tasks)
    if (task.core != program::kHost) round[task.core] += program::firing_ps(task);
  std::vector<Picoseconds> waits;
  for (const program::Task& task : p.tasks)
    waits.push_back(task.core == program::kHost ? 0 : round[task.core] - program::firing_ps(task));
  return waits;
}

class Scheduler {
 public:
  Scheduler(const Program& p, const program::Platform& platform)
      : p_(p), platform_(platform), channels_(channels_of(p)), waits_(waits(p)) {}

  std::optional<PeriodicSchedule> run(double most_slack) const {
    constexpr int kTries = 40;  // doubling the period
    PeriodicSchedule schedule;
    schedule.period = busiest(p_);
    for (int i = 0; i < kTries && schedule.period < std::numeric_limits<Picoseconds>::max() / (1 << 22);
         ++i, schedule.period *= 2)
      for (const double slack : {most_slack, 0.0})
        if (find_starts(slack, schedule)) return schedule;
    return std::nullopt;
  }

 private:
  /// From the start of a firing to its token at the receiver if nothing is in the way of the token: stored at
  /// every hop, so rather too long. With slack the firing may be late because of the others on its core: a
  /// token that comes after the turn that it is for would hold up every turn behind it.
  Picoseconds lasts(double slack, const program::Stream& stream) const {
    const Picoseconds firing =
        program::firing_ps(p_.tasks[stream.from]) + program::longest_fetch_ps(p_, stream.from);
    Picoseconds time = stream.streaming ? 1 : std::max<Picoseconds>(firing, 1);
    time += static_cast<Picoseconds>(slack * static_cast<double>(waits_[stream.from]));
    for (const program::Step& step : stream.route) {
      const program::Link& link = platform_.links[step.link];
      time += link.latency_ps + link.router_ps;
      if (!stream.streaming) time += program::flits(link, stream.bytes) * link.clock_ps;
    }
    return time;
  }

  Pace pace(int task, Picoseconds period) const { return {period, p_.tasks[task].firings}; }

  /// Tokens: a firing comes after those that send what it needs have ended. Credits: after those that free
  /// the places of its tokens.
  std::vector<Edge> edges(double slack, Picoseconds period) const {
    constexpr Picoseconds kNone = std::numeric_limits<Picoseconds>::min();
    std::vector<Edge> edges;
    for (const Channel& c : channels_) {
      const program::Stream& s = c.stream;
      const program::Task &from = p_.tasks[s.from], &to = p_.tasks[s.to];
      const Pace sends = pace(s.from, period), uses = pace(s.to, period);
      Edge token{s.from, s.to, kNone}, credit{s.to, s.from, kNone};
      for (int i = 0; i < to.firings; ++i)
        if (c.input.need[i] > 0)
          token.distance = std::max(token.distance, sends.of(c.sender(c.input.need[i] - 1, from.firings)) +
                                                        lasts(slack, s) - uses.of(i));
      for (int n = 0; n < s.tokens && s.capacity > 0; ++n) {
        const std::int64_t token_number = s.initial_tokens + n;
        credit.distance = std::max(credit.distance, uses.of(c.freer(token_number - s.capacity, to.firings)) +
                                                        1 - sends.of(c.sender(token_number, from.firings)));
      }
      for (const Edge& edge : {token, credit})
        if (edge.distance != kNone) edges.push_back(edge);
    }
    return edges;
  }

  /// The longest ways from 0; false when a way in a circle gets longer and longer.
  bool find_starts(double slack, PeriodicSchedule& schedule) const {
    schedule.start.assign(p_.tasks.size(), 0);
    const std::vector<Edge> all = edges(slack, schedule.period);
    for (std::size_t round = 0; round <= p_.tasks.size(); ++round) {
      bool changed = false;
      for (const Edge& edge : all) {
        const Picoseconds least = schedule.start[edge.from] + edge.distance;
        if (least <= schedule.start[edge.to]) continue;
        if (edge.from == edge.to) return false;
        schedule.start[edge.to] = least;
        changed = true;
      }
      if (!changed) return true;
    }
    return false;
  }

  const Program& p_;
  const program::Platform& platform_;
  std::vector<Channel> channels_;
  std::vector<Picoseconds> waits_;  ///< of each task
};

program::CoreOrder order_of(const Program& p, const PeriodicSchedule& schedule, int core,
                            const std::vector<int>& tasks) {
  program::CoreOrder order;
  order.core = core;
  Picoseconds first = schedule.start[tasks[0]];
  for (const int task : tasks) first = std::min(first, schedule.start[task]);
  std::vector<std::tuple<Picoseconds, int>> turns;  // (time in the first period, member)
  for (const int task : tasks) {
    const Pace pace(schedule.period, p.tasks[task].firings);
    const Picoseconds start = schedule.start[task] - first;
    const std::int64_t in_first = pace.first_from(-start);
    const int member = static_cast<int>(order.members.size());
    order.members.push_back({task, static_cast<int>(-in_first)});
    for (int i = 0; i < p.tasks[task].firings; ++i) turns.push_back({start + pace.of(in_first + i), member});
  }
  std::sort(turns.begin(), turns.end());
  for (const auto& [time, member] : turns) order.turns.push_back(member);
  return order;
}

/// The turns that a run image by image takes.
program::CoreOrder order_of(const Program& p, int core, const std::vector<int>& tasks) {
  program::CoreOrder order;
  order.core = core;
  std::map<int, int> member;
  for (const int task : tasks) {
    member[task] = static_cast<int>(order.members.size());
    order.members.push_back({task, 0});
  }
  for (const int task : demand_driven_sequence(p))
    if (p.tasks[task].core == core) order.turns.push_back(member[task]);
  return order;
}

}  // namespace

std::optional<PeriodicSchedule> periodic_schedule(const Program& program, const program::Platform& platform,
                                                  double slack) {
  return Scheduler(program, platform).run(slack);
}

std::vector<program::CoreOrder> order_tasks(const Program& program, const program::Platform& platform,
                                            double slack) {
  std::map<int, std::vector<int>> on_core;
  for (int t = 0; t < static_cast<int>(program.tasks.size()); ++t)
    if (program.tasks[t].core != program::kHost) on_core[program.tasks[t].core].push_back(t);
  std::vector<program::CoreOrder> orders;
  std::optional<PeriodicSchedule> schedule;
  for (const auto& [core, tasks] : on_core) {
    if (tasks.size() < 2) continue;
    if (orders.empty()) schedule = periodic_schedule(program, platform, slack);
    orders.push_back(schedule ? order_of(program, *schedule, core, tasks) : order_of(program, core, tasks));
  }
  return orders;
}

}  // namespace phasecore::mapping
