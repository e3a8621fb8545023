#include "sim/chip/steady_state.hpp"

#include <algorithm>

namespace phasecore::chip {
namespace {

/// Images after which a chip may repeat itself: clocks of different periods and buffers that take turns.
constexpr std::size_t kLongestPeriod = 4;
constexpr std::size_t kSumsOfCore = 4 + program::kStalls;

void add_sums(const CoreTime& time, std::vector<std::int64_t>& sums) {
  const program::CoreActivity& counted = time.sums();
  for (const std::int64_t sum : {counted.busy_ps, counted.idle_ps, time.gaps_ps(), time.gaps()})
    sums.push_back(sum);
  sums.insert(sums.end(), counted.stalled_ps.begin(), counted.stalled_ps.end());
}

}  // namespace

SteadyState::SteadyState(RunState& run, const Cores& cores, Host& host, const RouterNetwork* routers,
                         const DedicatedLinks* dedicated, std::vector<const LinkUse*> links)
    : run_(run),
      cores_(cores),
      host_(host),
      routers_(routers),
      dedicated_(dedicated),
      links_(std::move(links)) {}

void SteadyState::image_entered(std::int64_t image) {
  if (period_ || image >= run_.options().images) return;
  // Between two instants nothing is half done, and all that will happen is in the alarm.
  run_.alarm().before_next_instant([this, image] {
    try {
      run_.look_at_clock();
      look(image);
    } catch (...) {
      run_.fail(std::current_exception());
      sc_core::sc_pause();
    }
  });
}

void SteadyState::look(std::int64_t image) {
  Seen now = see(image);
  for (auto before = seen_.rbegin(); before != seen_.rend(); ++before) {
    if (!(before->snapshot == now.snapshot)) continue;
    if (shorten(*before, now)) seen_.clear();
    return;
  }
  if (seen_.size() == kLongestPeriod) seen_.pop_front();
  seen_.push_back(std::move(now));
}

SteadyState::Seen SteadyState::see(std::int64_t image) {
  Seen seen{Snapshot(run_, image)};
  run_.add_to(seen.snapshot);
  host_.add_to(seen.snapshot);
  if (routers_ != nullptr) routers_->add_to(seen.snapshot);
  if (dedicated_ != nullptr) dedicated_->add_to(seen.snapshot);
  for (const auto& core : cores_) {
    core->add_to(seen.snapshot);
    if (!core->has_task()) continue;
    add_sums(core->time(), seen.sums);
    seen.marks.push_back(core->time().sums().marks.size());
  }
  for (const LinkUse* link : links_) {
    seen.sums.push_back(link->packets);
    seen.sums.push_back(link->flits);
  }
  seen.image_ends = host_.image_ends(run_.program().sink).size();
  return seen;
}

bool SteadyState::may_end_with(int images) const {
  return host_.may_end_with(images) && std::all_of(cores_.begin(), cores_.end(), [&](const auto& core) {
           return core->may_end_with(images);
         });
}

void SteadyState::end_with(int images) {
  run_.end_with(images);
  host_.end_with(images);
  for (const auto& core : cores_) core->end_with(images);
}

bool SteadyState::shorten(const Seen& before, const Seen& now) {
  const int all = run_.options().images;
  const auto period = static_cast<int>(now.snapshot.image() - before.snapshot.image());
  std::int64_t times = (all - now.snapshot.image()) / period;
  while (times > 0 && !may_end_with(all - static_cast<int>(times) * period)) --times;
  if (times <= 0) return false;
  end_with(all - static_cast<int>(times) * period);
  Sums sums = now.sums;
  for (std::size_t i = 0; i < sums.size(); ++i) sums[i] -= before.sums[i];
  period_.emplace(Period{now.snapshot.now() - before.snapshot.now(), period, times, std::move(sums), now});
  return true;
}

void SteadyState::continue_run(program::Activity& activity) const {
  if (!period_) return;
  const Period& p = *period_;
  const program::Program& program = run_.program();
  const std::int64_t images = p.times * p.images;
  const Picoseconds later = p.times * p.time;
  activity.continued_images = static_cast<int>(images);
  activity.end_ps += later;

  std::vector<Picoseconds>& ends = activity.image_end_ps;
  const std::vector<Picoseconds> simulated = ends;
  const auto next = static_cast<std::ptrdiff_t>(p.end.image_ends);
  ends.resize(p.end.image_ends);
  for (std::int64_t i = 0; i < images; ++i) ends.push_back(ends[ends.size() - p.images] + p.time);
  for (auto end = simulated.begin() + next; end != simulated.end(); ++end) ends.push_back(*end + later);

  for (std::size_t t = 0; t < activity.tasks.size(); ++t) {
    program::TaskActivity& task = activity.tasks[t];
    task.firings += images * program.tasks[t].firings;
    if (task.firings > 0) task.last_end_ps += later;  // at the earliest, the source's before the snapshot
  }
  for (std::size_t s = 0; s < activity.stream_tokens.size(); ++s)
    activity.stream_tokens[s] += images * program.streams[s].tokens;

  const std::int64_t* sums = p.sums.data();
  auto marks = p.end.marks.begin();
  for (std::size_t c = 0; c < activity.cores.size(); ++c) {
    program::CoreActivity& core = activity.cores[c];
    if (!cores_[c]->has_task()) {
      core.idle_ps += later;
      continue;
    }
    for (const Firings& firings : cores_[c]->tasks()) core.firings += images * firings.task->firings;
    continue_core(core, sums, *marks++);
    sums += kSumsOfCore;
  }
  auto link = activity.links.begin();
  for (const LinkUse* use : links_) {
    const std::int64_t packets = *sums++, flits = *sums++;
    if (use->packets == 0) continue;
    link->packets += p.times * packets;
    link->flits += p.times * flits;
    link->busy_ps += p.times * flits * use->link->clock_ps;
    ++link;
  }
}

/// `marks`: so many had been made at the second snapshot.
void SteadyState::continue_core(program::CoreActivity& core, const std::int64_t* sums,
                                std::size_t marks) const {
  const Period& p = *period_;
  const Picoseconds busy = sums[0], gaps_ps = sums[2];
  const std::int64_t gaps = sums[3];
  core.busy_ps += p.times * busy;
  core.idle_ps += p.times * sums[1];
  for (int cause = 0; cause < program::kStalls; ++cause) core.stalled_ps[cause] += p.times * sums[4 + cause];
  const auto after = [&](const program::CoreMark& mark, std::int64_t times) {
    return program::CoreMark{mark.at_ps + times * p.time, mark.busy_ps + times * busy,
                             mark.gaps_ps + times * gaps_ps, mark.gaps + times * gaps};
  };
  const std::vector<program::CoreMark> simulated = core.marks;
  core.marks.resize(marks);
  for (std::int64_t i = 0; i < p.times * p.images; ++i)
    core.marks.push_back(after(core.marks[core.marks.size() - p.images], 1));
  for (std::size_t i = marks; i < simulated.size(); ++i) core.marks.push_back(after(simulated[i], p.times));
}

}  // namespace phasecore::chip
