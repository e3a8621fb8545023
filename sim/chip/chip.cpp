#include "sim/chip/chip.hpp"

#include <algorithm>

#include "common/diagnostics.hpp"
#include "sim/chip/dedicated_links.hpp"
#include "sim/chip/host.hpp"
#include "sim/chip/kernel.hpp"
#include "sim/chip/mesh.hpp"
#include "sim/chip/trace.hpp"
#include "sim/chip/waits.hpp"

namespace phasecore::chip {
namespace {

bool elaborated = false;  // like the kernel itself, once per process

const program::Structure& checked(const program::Structure& s) {
  common::ensure(!elaborated, "a second Chip in one process: SystemC elaborates once");
  common::ensure(s.columns > 0 && s.rows > 0, "a chip without cores");
  common::ensure(s.mesh || !s.host_shared, "a shared host port needs a mesh");
  elaborated = true;
  prepare_kernel();
  return s;
}

/// The longest time in which a healthy program may show no progress: a firing, then its largest packet's way
/// through the whole chip, then a credit's way back. What waits for others waits for one of these to end.
Picoseconds longest_step(const program::Program& program, const program::Structure& s) {
  Picoseconds firing = 0, packet = 0, credit = 0;
  for (const program::Task& task : program.tasks)
    firing = std::max(firing, task.load_ps + task.mvm_ps + task.digital_ps + task.pipeline_ps);
  for (const program::Stream& stream : program.streams) {
    // Store and forward at every hop is slower than what any network here does.
    const int hops = s.mesh ? s.columns + s.rows : static_cast<int>(stream.route.size());
    const Picoseconds hop = 2 * s.link_latency + s.router_latency + program::flits(s, stream.bytes);
    const Picoseconds host = s.host_latency + program::host_flits(s, stream.bytes);
    packet = std::max(packet, (hops + 2) * hop * s.clock_ps + 2 * host * s.host_clock_ps);
    credit = std::max(credit, stream.credit_ps);
  }
  return firing + packet + credit;
}

}  // namespace

struct Chip::Impl {
  explicit Impl(const program::Structure& structure);
  void begin(const program::Program& program, const RunOptions& options);
  void simulate(const RunOptions& options);
  bool complete() const;
  std::string waits();
  program::Activity collect();
  std::vector<const LinkUse*> links() const;
  std::unique_ptr<Trace> open_trace();

  RunState run;
  std::vector<std::unique_ptr<Core>> cores;
  Host host;
  std::unique_ptr<Mesh> mesh;  ///< or
  std::unique_ptr<DedicatedLinks> dedicated;
  std::unique_ptr<SharedHostPort> host_port;  ///< or
  std::unique_ptr<OwnHostLinks> host_links;
};

Chip::Impl::Impl(const program::Structure& structure) : run(checked(structure)), host("host", run) {
  for (int id = 0; id < structure.columns * structure.rows; ++id)
    cores.push_back(std::make_unique<Core>(("core_" + std::to_string(id)).c_str(), id, run));
  if (structure.mesh)
    mesh = std::make_unique<Mesh>(run, cores);
  else
    dedicated = std::make_unique<DedicatedLinks>("dedicated_links", run, cores);
  if (structure.host_shared) {
    host_port = std::make_unique<SharedHostPort>(run, host, mesh->router(structure.host_core));
    host.connect(*host_port);
  } else {
    host_links = std::make_unique<OwnHostLinks>(run, host, cores);
    host.connect(*host_links);
  }
}

void Chip::Impl::begin(const program::Program& program, const RunOptions& options) {
  common::ensure(options.images > 0, "a run without images");
  program::check(program, run.structure());
  run.begin(program, options);
  if (mesh) mesh->reset();
  if (dedicated) dedicated->reset();
  PacketSink& network = mesh ? static_cast<PacketSink&>(*mesh) : *dedicated;
  PacketSink& to_host = host_links ? static_cast<PacketSink&>(*host_links) : network;
  for (auto& core : cores) core->reset(network, to_host);
  host.reset();
  for (int id = 0; id < static_cast<int>(program.streams.size()); ++id) {
    const int core = program.tasks[program.streams[id].from].core;
    Machine& producer = core == program::kHost ? static_cast<Machine&>(host) : *cores[core];
    run.add_channel(std::make_unique<TokenChannel>(id, program.streams[id], producer));
  }
  for (int id = 0; id < static_cast<int>(program.tasks.size()); ++id) {
    if (program.tasks[id].core == program::kHost)
      host.assign(id);
    else
      cores[program.tasks[id].core]->assign(id);
  }
}

void Chip::Impl::simulate(const RunOptions& options) {
  const Picoseconds patience = options.watchdog_ps + longest_step(run.program(), run.structure());
  std::uint64_t progress = run.progress();
  while (advance_kernel(patience) && !run.failed()) {
    if (run.progress() == progress)
      throw common::InternalError("no progress for " + std::to_string(patience) + " ps until " +
                                  std::to_string(run.now()) + " ps:" + waits());
    progress = run.progress();
  }
  run.rethrow_failure();
  if (!complete())
    throw common::InternalError("deadlock after " + std::to_string(run.end()) + " ps:" + waits());
}

bool Chip::Impl::complete() const {
  for (const auto& core : cores)
    if (core->has_task() && !core->done()) return false;
  return host.done() && (!mesh || mesh->empty()) && (!dedicated || dedicated->empty());
}

std::string Chip::Impl::waits() {
  std::string text;
  for (const auto& core : cores)
    if (core->has_task() && !core->done())
      text += "\n  " + describe_wait(run, core->firings(), core->port().queued());
  for (int i = 0; i < host.tasks(); ++i)
    if (host.firings(i).digitals_ended != host.firings(i).total)
      text += "\n  " + describe_wait(run, host.firings(i), 0);
  return text + "\n  packets under way: " + std::to_string(run.packets().live());
}

std::vector<const LinkUse*> Chip::Impl::links() const {
  std::vector<const LinkUse*> links = host_port ? host_port->links() : host_links->links();
  if (dedicated)
    for (const LinkUse& use : dedicated->links()) links.push_back(&use);
  if (mesh)
    for (const auto& router : mesh->routers())
      for (const LinkUse* use : router->links()) links.push_back(use);
  std::sort(links.begin(), links.end(), [](const LinkUse* a, const LinkUse* b) {
    return std::tie(a->from, a->to) < std::tie(b->from, b->to);
  });
  return links;
}

program::Activity Chip::Impl::collect() {
  const program::Structure& s = run.structure();
  program::Activity activity;
  activity.end_ps = run.end();
  activity.image_end_ps = host.image_ends(run.program().sink);
  for (int id = 0; id < static_cast<int>(run.program().tasks.size()); ++id) {
    const int core = run.program().tasks[id].core;
    activity.tasks.push_back(core == program::kHost ? host.task_activity(id) : cores[core]->task_activity());
  }
  for (int id = 0; id < static_cast<int>(run.program().streams.size()); ++id) {
    common::ensure(run.channel(id).empty(), run.channel(id).name() + " still holds tokens at the end");
    activity.stream_tokens.push_back(run.channel(id).arrived());
  }
  for (auto& core : cores) activity.cores.push_back(core->activity(run.end()));
  for (const LinkUse* use : links()) {
    const bool host_link = use->from == program::kHost || use->to == program::kHost;
    if (use->packets > 0) activity.links.push_back(use->activity(host_link ? s.host_clock_ps : s.clock_ps));
  }
  common::ensure(run.packets().live() == 0, "packets are left over");
  activity.events = run.activations();
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
    trace->add(use->flits, "link_" + end_name(use->from) + "_" + end_name(use->to) + ".flits");
  return trace;
}

Chip::Chip(const program::Structure& structure) : impl_(std::make_unique<Impl>(structure)) {}
Chip::~Chip() = default;

program::Activity Chip::run(const program::Program& program, const RunOptions& options) {
  impl_->begin(program, options);
  {
    const auto trace = impl_->open_trace();
    impl_->simulate(options);
    if (trace) trace->finish();
  }
  program::Activity activity = impl_->collect();
  program::check(activity, program, impl_->run.structure(), options.images);
  return activity;
}

}  // namespace phasecore::chip
