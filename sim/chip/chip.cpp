#include "sim/chip/chip.hpp"

#include <algorithm>
#include <string_view>

#include "common/diagnostics.hpp"
#include "sim/chip/dedicated_links.hpp"
#include "sim/chip/host.hpp"
#include "sim/chip/kernel.hpp"
#include "sim/chip/router_network.hpp"
#include "sim/chip/steady_state.hpp"
#include "sim/chip/timeline.hpp"
#include "sim/chip/trace.hpp"
#include "sim/chip/waits.hpp"
#include "sim/program/conversions.hpp"

namespace phasecore::chip {
namespace {

bool elaborated = false;  // like the kernel itself, once per process

const program::Platform& checked(const program::Platform& platform) {
  common::ensure(!elaborated, "a second Chip in one process: SystemC elaborates once");
  program::check(platform);
  elaborated = true;
  prepare_kernel();
  return platform;
}

/// A packet's way through an empty chip, slower than any network here: stored at every hop, and every credit
/// on its way back waited for.
Picoseconds slow_way(const program::Stream& stream, const program::Platform& platform) {
  Picoseconds time = 0;
  for (const program::Step& step : stream.route) {
    const program::Link& link = platform.links[step.link];
    const Picoseconds flits = program::flits(link, stream.bytes);
    time += 2 * link.latency_ps + link.router_ps + link.credit_ps + 2 * flits * link.clock_ps;
  }
  return time;
}

/// The longest time in which a healthy program may show no progress: a firing, then its largest packet's way
/// through the whole chip, then a credit's way back. What waits for others waits for one of these to end.
Picoseconds longest_step(const program::Program& program, const program::Platform& platform) {
  Picoseconds firing = 0, packet = 0, credit = 0;
  for (int t = 0; t < static_cast<int>(program.tasks.size()); ++t) {
    const program::Task& task = program.tasks[t];
    firing = std::max(firing, program::firing_ps(task) + program::longest_fetch_ps(program, t) +
                                  (task.visits.empty() ? 0 : task.visits.back().pipeline_ps));
  }
  for (const program::Stream& stream : program.streams) {
    packet = std::max(packet, slow_way(stream, platform));
    credit = std::max(credit, stream.credit_ps);
  }
  return firing + packet + credit;
}

bool is_timeline(const std::string& path) {
  constexpr std::string_view kEnding = ".pftrace";
  return path.size() >= kEnding.size() &&
         path.compare(path.size() - kEnding.size(), kEnding.size(), kEnding) == 0;
}

/// While this lives, the recorder is told what happens.
class Recording {
 public:
  Recording(RunState& run, Recorder& recorder) : run_(run) { run.set_recorder(&recorder); }
  ~Recording() { run_.set_recorder(nullptr); }
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

 private:
  RunState& run_;
};

bool has(const program::Platform& platform, program::LinkKind kind) {
  return std::any_of(platform.links.begin(), platform.links.end(),
                     [&](const program::Link& link) { return link.kind == kind; });
}

}  // namespace

struct Chip::Impl {
  explicit Impl(const program::Platform& platform);
  void connect_host();
  void begin(const program::Program& program, const RunOptions& options);
  void simulate(const RunOptions& options);
  void watch_images(const RunOptions& options);
  void simulate_traced(const RunOptions& options);
  std::int64_t firings() const;  ///< that have ended, on cores
  bool complete() const;
  std::string waits();
  std::string waits(Core& core);
  program::Activity collect();
  std::vector<const LinkUse*> links() const;
  std::unique_ptr<Trace> open_trace();

  RunState run;
  std::vector<std::unique_ptr<Core>> cores;
  Host host;
  // Those of which the platform has links.
  std::unique_ptr<RouterNetwork> routers;
  std::unique_ptr<DedicatedLinks> dedicated;
  std::vector<std::unique_ptr<HostPort>> host_ports;
  std::unique_ptr<OwnHostLinks> host_links;

  std::unique_ptr<SteadyState> steady;  ///< of this run, if it may be continued
};

Chip::Impl::Impl(const program::Platform& platform) : run(checked(platform)), host("host", run) {
  for (int id = 0; id < static_cast<int>(platform.cores.size()); ++id)
    cores.push_back(std::make_unique<Core>(("core_" + std::to_string(id)).c_str(), id, run));
  if (has(platform, program::LinkKind::Inject)) routers = std::make_unique<RouterNetwork>(run, cores, host);
  if (has(platform, program::LinkKind::Circuit))
    dedicated = std::make_unique<DedicatedLinks>("dedicated_links", run, cores);
  if (has(platform, program::LinkKind::HostLink))
    host_links = std::make_unique<OwnHostLinks>(run, host, cores);
  connect_host();
  run.set_handover([this](int packet, int at) {
    if (at == program::kHost)
      host.put(packet, run.now());
    else
      cores[at]->put({CoreMessage::Kind::Packet, packet}, run.now());
  });
}

void Chip::Impl::connect_host() {
  const std::vector<program::Link>& links = run.platform().links;
  for (int i = 0; i < static_cast<int>(links.size()); ++i) {
    if (links[i].from != program::kHost) continue;
    if (links[i].kind == program::LinkKind::HostLink) {
      host.connect(i, *host_links);
    } else {
      host_ports.push_back(std::make_unique<HostPort>(run, *routers, links[i]));
      host.connect(i, *host_ports.back());
    }
  }
}

void Chip::Impl::begin(const program::Program& program, const RunOptions& options) {
  common::ensure(options.images > 0, "a run without images");
  program::check(program, run.platform());
  run.begin(program, options);
  if (routers) routers->reset();
  if (dedicated) dedicated->reset();
  for (auto& core : cores) core->reset();
  host.reset();
  for (int id = 0; id < static_cast<int>(program.streams.size()); ++id) {
    const int core = program.tasks[program.streams[id].from].core;
    Machine& producer = core == program::kHost ? static_cast<Machine&>(host) : *cores[core];
    run.add_channel(std::make_unique<TokenChannel>(id, program.streams[id], producer));
  }
  run.give_initial_values();
  std::vector<std::vector<int>> tasks(cores.size());
  for (int id = 0; id < static_cast<int>(program.tasks.size()); ++id) {
    if (program.tasks[id].core == program::kHost)
      host.assign(id);
    else
      tasks[program.tasks[id].core].push_back(id);
  }
  const Sinks sinks{routers.get(), dedicated.get(), host_links.get()};
  for (std::size_t core = 0; core < cores.size(); ++core)
    if (!tasks[core].empty()) cores[core]->assign(tasks[core], sinks);
  watch_images(options);
}

void Chip::Impl::watch_images(const RunOptions& options) {
  steady.reset();
  run.set_on_image(nullptr);
  constexpr int kWorthIt = 4;
  if (!options.extrapolate || options.functions != nullptr || run.tracing() || options.images < kWorthIt)
    return;
  steady = std::make_unique<SteadyState>(run, cores, host, routers.get(), dedicated.get(), links());
  run.set_on_image([this](std::int64_t image) { steady->image_entered(image); });
}

void Chip::Impl::simulate(const RunOptions& options) {
  const Picoseconds patience = options.watchdog_ps + longest_step(run.program(), run.platform());
  std::uint64_t progress = run.progress();
  while (advance_kernel(patience) && !run.failed()) {
    run.look_at_clock();
    if (options.on_firings) options.on_firings(firings());  // those that are continued come at the end
    if (run.progress() == progress)
      throw common::InternalError("no progress for " + std::to_string(patience) + " ps until " +
                                  std::to_string(run.now()) + " ps:" + waits());
    progress = run.progress();
  }
  run.rethrow_failure();
  run.look_at_clock();
  if (!complete())
    throw common::InternalError("deadlock after " + std::to_string(run.end()) + " ps:" + waits());
}

std::int64_t Chip::Impl::firings() const {
  std::int64_t ended = 0;
  for (const auto& core : cores) {
    if (!core->has_task()) continue;
    for (const Firings& task : core->tasks()) ended += task.ended;
  }
  return ended;
}

bool Chip::Impl::complete() const {
  for (const auto& core : cores)
    if (core->has_task() && !core->done()) return false;
  return host.done() && (!routers || routers->empty()) && (!dedicated || dedicated->empty());
}

std::string Chip::Impl::waits() {
  std::string text;
  for (const auto& core : cores)
    if (core->has_task() && !core->done()) text += waits(*core);
  for (int i = 0; i < host.tasks(); ++i)
    if (host.firings(i).ended != host.firings(i).total)
      text += "\n  " + describe_wait(run, host.firings(i), 0);
  return text + "\n  packets under way: " + std::to_string(run.packets().live());
}

std::string Chip::Impl::waits(Core& core) {
  std::string text;
  for (const Firings& firings : core.tasks()) {
    if (firings.ended == firings.total) continue;
    const bool in_turn = core.waiting_task() == firings.task_id;
    text += "\n  " + (in_turn ? describe_wait(run, firings, core.port().queued())
                              : describe_turn(run, firings, core.waiting_task()));
  }
  if (text.empty()) text = "\n  " + describe_wait(run, core.tasks().front(), core.port().queued());
  return text;
}

std::vector<const LinkUse*> Chip::Impl::links() const {
  std::vector<const LinkUse*> links;
  const auto add = [&](const std::vector<const LinkUse*>& some) {
    links.insert(links.end(), some.begin(), some.end());
  };
  for (const auto& port : host_ports) add(port->links());
  if (host_links) add(host_links->links());
  if (dedicated)
    for (const LinkUse& use : dedicated->links()) links.push_back(&use);
  if (routers)
    for (const auto& router : routers->routers()) add(router->links());
  std::sort(links.begin(), links.end(), [](const LinkUse* a, const LinkUse* b) {
    return std::tie(a->link->from, a->link->to) < std::tie(b->link->from, b->link->to);
  });
  return links;
}

program::Activity Chip::Impl::collect() {
  program::Activity activity;
  activity.end_ps = run.end();
  activity.image_end_ps = host.image_ends(run.program().sink);
  for (int id = 0; id < static_cast<int>(run.program().tasks.size()); ++id) {
    const int core = run.program().tasks[id].core;
    activity.tasks.push_back(core == program::kHost ? host.task_activity(id)
                                                    : cores[core]->task_activity(id));
  }
  for (int id = 0; id < static_cast<int>(run.program().streams.size()); ++id) {
    common::ensure(run.channel(id).settled(), run.channel(id).name() + " still holds tokens at the end");
    activity.stream_tokens.push_back(run.channel(id).delivered());
  }
  for (auto& core : cores) activity.cores.push_back(core->activity(run.end()));
  for (const LinkUse* use : links())
    if (use->packets > 0) activity.links.push_back(use->activity());
  common::ensure(run.packets().live() == 0, "packets are left over");
  activity.events = run.activations();
  if (steady) steady->continue_run(activity);
  return activity;
}

std::unique_ptr<Trace> Chip::Impl::open_trace() {
  if (!run.tracing()) return nullptr;
  auto trace = std::make_unique<Trace>(run.options().trace_path);
  for (const program::Task& task : run.program().tasks)
    if (task.core != program::kHost)
      trace->add(cores[task.core]->traced_state(), "core_" + std::to_string(task.core) + ".state");
  const auto end_name = [](int end) {
    return end == program::kHost ? std::string("host") : std::to_string(end);
  };
  for (const LinkUse* use : links())
    trace->add(use->flits, "link_" + end_name(use->link->from) + "_" + end_name(use->link->to) + ".flits");
  return trace;
}

void Chip::Impl::simulate_traced(const RunOptions& options) {
  if (!is_timeline(options.trace_path)) {
    const auto trace = open_trace();
    simulate(options);
    if (trace) trace->finish();
    return;
  }
  Timeline timeline(options.trace_path, run.program(), run.platform(), options.images);
  const Recording recording(run, timeline);
  simulate(options);
  timeline.finish(run.end());
}

Chip::Chip(const program::Platform& platform) : impl_(std::make_unique<Impl>(platform)) {}
Chip::~Chip() = default;

program::Activity Chip::run(const program::Program& program, const RunOptions& options) {
  impl_->begin(program, options);
  impl_->simulate_traced(options);
  program::Activity activity = impl_->collect();
  program::check(activity, program, impl_->run.platform(), options.images);
  return activity;
}

}  // namespace phasecore::chip
