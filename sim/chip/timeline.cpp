#include "sim/chip/timeline.hpp"

#include <algorithm>

#include "common/units.hpp"
#include "sim/program/activity.hpp"

namespace phasecore::chip {
namespace {

constexpr int kBusy = 1;  ///< CoreTime::state()
/// An energy is shown again when it has changed and so much time has gone by.
constexpr Picoseconds kBetweenEnergies = 100'000;

/// Visits and packets of a run, as far as the program says.
std::int64_t events(const program::Program& program, int images) {
  std::int64_t events = 0;
  for (const program::Task& task : program.tasks)
    events += static_cast<std::int64_t>(task.firings) * static_cast<std::int64_t>(task.visits.size());
  for (const program::Stream& stream : program.streams)
    events += static_cast<std::int64_t>(stream.tokens) * static_cast<std::int64_t>(stream.route.size());
  return events * images;
}

/// Up to so many events are shown one by one; of more, what lies no further apart than a pause is one slice:
/// 1 us for each time so many.
Picoseconds pause_of(std::int64_t events) {
  constexpr std::int64_t kShownOneByOne = 300'000;
  constexpr Picoseconds kPause = 1'000'000;
  return events > kShownOneByOne ? events / kShownOneByOne * kPause : 0;
}

std::int64_t ns(Picoseconds time) {
  return time / 1000;
}

}  // namespace

Timeline::Timeline(const std::string& path, const program::Program& program,
                   const program::Platform& platform, int images)
    : file_(path),
      program_(program),
      platform_(platform),
      pause_(pause_of(events(program, images))),
      cores_(platform.cores.size()),
      links_(platform.links.size()),
      of_images_(images, std::vector<Span>(program.layers.size() + 1)) {
  int groups = 0;
  std::vector<bool> is_used(cores_.size(), false);
  for (const program::Task& task : program.tasks)
    if (task.core != program::kHost) is_used[task.core] = true;
  chips_ = file_.group("cores", ++groups);
  for (std::size_t core = 0; core < cores_.size(); ++core)
    if (is_used[core]) add_core(static_cast<int>(core));
  links_group_ = file_.group("links", ++groups);
  host_ = file_.track("firings", file_.group("host", ++groups));
  const Track energy = file_.group("energy since the start, without static", ++groups);
  for (int c = 0; c < program::kComponents; ++c)
    energy_.push_back(
        {static_cast<program::Component>(c) == program::Component::Static
             ? 0
             : file_.counter(program::name_of(static_cast<program::Component>(c)), "nJ", energy)});
  for (const std::string& layer : program.layers) layers_.push_back(file_.name(layer));
  several_ = file_.name("several layers");
  for (const char* state : {"waiting", "busy"}) states_.push_back(file_.name(state));
  for (int s = 0; s < program::kStalls; ++s)
    states_.push_back(
        file_.name(std::string("stalled: ") + program::name_of(static_cast<program::Stall>(s))));
}

void Timeline::add_core(int core) {
  CoreTracks& tracks = cores_[core];
  tracks.core = file_.track("core " + std::to_string(core), chips_);
  tracks.state = file_.track("state", tracks.core);
  for (const std::string& unit : platform_.units) {
    tracks.units.emplace_back();
    tracks.units.back().track = file_.track(unit, tracks.core);
  }
}

void Timeline::extend(Run& run, const Run& next, bool is_link) {
  const Picoseconds busy = next.end - next.start;
  const bool one_layer = run.name == next.name;
  const bool joins = one_layer ? run.image == next.image : is_link && pause_ > 0;
  if (run.count > 0 && joins && next.start - run.end <= pause_) {
    if (!one_layer) run.name = several_;
    run.end = next.end;
    run.busy += busy;
    ++run.count;
    return;
  }
  end(run, is_link);
  run = {run.track, next.name, next.image, next.start, next.end, busy, 1};
}

void Timeline::end(const Run& run, bool is_link) {
  if (run.count == 0) return;
  PerfettoFile::Slice slice{run.name, ns(run.start), ns(run.end), 0, 0, ns(run.busy)};
  (is_link ? slice.packets : slice.firings) = run.count;
  file_.slice(run.track, slice);
}

void Timeline::visit_ends(int task, int visit, std::int64_t image, Picoseconds start, Picoseconds end) {
  const program::Task& t = program_.tasks[task];
  const program::Visit& v = t.visits[visit];
  if (end > start) extend(cores_[t.core].units[v.unit], {0, layers_[t.layer], image, start, end}, false);
  of_images_[image][t.layer].widen(start, end);
  for (int c = 0; c < program::kComponents; ++c) spend(static_cast<program::Component>(c), v.energy[c], end);
}

void Timeline::core_changes(int core, int state, Picoseconds now) {
  CoreTracks& tracks = cores_[core];
  end_state(tracks, now);
  tracks.now = state;
  tracks.since = now;
}

/// Being busy shows in the units.
void Timeline::end_state(CoreTracks& core, Picoseconds now) {
  if (core.now != kBusy && now > core.since)
    file_.slice(core.state, {states_[core.now], ns(core.since), ns(now)});
}

void Timeline::host_fires(int task, std::int64_t image, Picoseconds now) {
  const int layer = program_.tasks[task].layer;
  file_.instant(host_, layers_[layer], ns(now));
  of_images_[image][layer].widen(now, now);  // what some chips leave to the host
  of_images_[image].back().widen(now, now);
}

void Timeline::packet_moves(int link, int stream, Picoseconds start, Picoseconds end) {
  if (!program::is_listed(platform_.links[link])) return;
  Run& run = links_[link];
  if (run.track == 0) run.track = file_.track(program::name_of(platform_.links[link]), links_group_);
  extend(run, {0, layers_[program_.tasks[program_.streams[stream].from].layer], 0, start, end}, true);
}

void Timeline::token_arrives(int stream, Picoseconds now) {
  const program::Stream& s = program_.streams[stream];
  spend(program::Component::Network, s.token_energy_network, now);
  spend(program::Component::Host, s.token_energy_host, now);
  spend(program::Component::Memory, s.token_energy_write, now);
}

void Timeline::spend(program::Component component, program::EnergySplit::value_type energy, Picoseconds now) {
  if (energy == 0) return;
  Counter& counter = energy_[static_cast<int>(component)];
  counter.spent += energy;
  if (now - counter.at >= kBetweenEnergies) show(counter, now);
}

void Timeline::show(Counter& counter, Picoseconds now) {
  if (counter.shown == counter.spent) return;
  file_.count(counter.track, common::nj_from_aj(counter.spent), ns(now));
  counter.shown = counter.spent;
  counter.at = now;
}

void Timeline::Span::widen(Picoseconds from, Picoseconds to) {
  start = start < 0 ? from : std::min(start, from);
  end = std::max(end, to);
}

void Timeline::show_layers() {
  constexpr int kAfterOthers = 100;  // groups of images, as they are numbered
  for (std::size_t image = 0; image < of_images_.size(); ++image) {
    const std::string title = "image " + std::to_string(image);
    const Track group = file_.group("layers of " + title, kAfterOthers + static_cast<int>(image));
    const auto add = [&](const std::string& name, PerfettoFile::Name text, const Span& span) {
      if (span.start >= 0) file_.slice(file_.track(name, group), {text, ns(span.start), ns(span.end)});
    };
    const std::vector<Span>& spans = of_images_[image];
    add(title, file_.name(title), spans.back());
    for (std::size_t layer = 0; layer < layers_.size(); ++layer)
      add(program_.layers[layer], layers_[layer], spans[layer]);
  }
}

void Timeline::finish(Picoseconds at) {
  for (CoreTracks& core : cores_) {
    if (core.core == 0) continue;
    end_state(core, at);
    for (const Run& unit : core.units) end(unit, false);
  }
  for (const Run& link : links_) end(link, true);
  for (Counter& counter : energy_) show(counter, at);
  show_layers();
  file_.finish();
}

}  // namespace phasecore::chip
