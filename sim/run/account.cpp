#include "sim/run/account.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <string>

#include "common/diagnostics.hpp"

namespace phasecore::run {
namespace {

using common::ensure;
using program::Component;

Attojoules sum(const EnergySplit& split) {
  return std::accumulate(split.begin(), split.end(), Attojoules{0});
}

std::int64_t per_image(std::int64_t count, int images, const std::string& what) {
  ensure(count % images == 0, what + ": " + std::to_string(count) + " is not the same for each of " +
                                  std::to_string(images) + " images");
  return count / images;
}

class Books {
 public:
  Books(const program::Program& program, const config::Chip& chip) : program_(program), chip_(chip) {
    books_.layers.resize(program.layers.size());
    books_.cores.assign(chip.cores(), 0);
  }

  void firings(const program::Task& task, std::int64_t count) {
    const EnergySplit firing = program::firing_energy(task);
    for (int c = 0; c < program::kComponents; ++c) {
      const Attojoules energy = common::checked_multiply(firing[c], count);
      book(task.layer, static_cast<Component>(c), energy);
      place(task.core) += energy;
    }
  }

  void tokens(const program::Stream& stream, std::int64_t count) {
    const int producer = program_.tasks[stream.from].layer;
    const Attojoules network = common::checked_multiply(stream.token_energy_network, count);
    const Attojoules host = common::checked_multiply(stream.token_energy_host, count);
    const Attojoules write = common::checked_multiply(stream.token_energy_write, count);
    book(producer, Component::Network, network);
    book(producer, Component::Host, host);
    book(producer, Component::Memory, write);
    books_.network += network;
    books_.host += host;
    place(program_.tasks[stream.to].core) += write;
  }

  void constant_power(const std::vector<program::CoreActivity>& cores, const MarkedImages& images,
                      Picoseconds duration) {
    const int shared = static_cast<int>(program_.layers.size()) - 1;
    books_.power.assign(chip_.cores(), power_when_off(chip_.power, duration));
    for (const auto& [core, tasks] : tasks_by_core()) {
      CorePower& power = books_.power[core];
      power = power_of(cores.at(core), images, chip_.power, duration);
      books_.cores[core] += power.total();
      share(power.total(), tasks);
      compare(power, least_busy(tasks, duration), duration);
    }
    for (const CorePower& power : books_.power) {
      const Attojoules off = power.energy[static_cast<int>(PowerState::Off)];
      const Attojoules router = common::aj_from_mw(chip_.energy.router_static_mw, duration);
      book(shared, Component::Static, off + router);
      books_.shared += off + router;
      books_.routers += router;
    }
  }

  EnergyBooks close() {
    for (const auto& layer : books_.layers)
      for (int c = 0; c < program::kComponents; ++c) books_.components[c] += layer[c];
    books_.total = sum(books_.components);
    for (Attojoules& energy : books_.with_idle_power) add(energy, books_.total);
    add(books_.least, books_.total);
    const Attojoules places = std::accumulate(books_.cores.begin(), books_.cores.end(), Attojoules{0}) +
                              books_.network + books_.host + books_.shared;
    ensure(total_booked_ == books_.total && places == books_.total,
           "energy books do not close: layers " + std::to_string(books_.total) + " aJ, booked " +
               std::to_string(total_booked_) + " aJ, cores and links " + std::to_string(places) + " aJ");
    return books_;
  }

 private:
  void book(int layer, Component component, Attojoules energy) {
    // No energy is negative, so what fits the total fits every other sum.
    total_booked_ = common::checked_add(total_booked_, energy);
    books_.layers.at(layer)[static_cast<int>(component)] += energy;
  }
  std::map<int, std::vector<const program::Task*>> tasks_by_core() const {
    std::map<int, std::vector<const program::Task*>> tasks;
    for (const auto& task : program_.tasks)
      if (task.core != program::kHost) tasks[task.core].push_back(&task);
    return tasks;
  }

  /// What a core's energy is beyond its own at other powers, and the least that it can be.
  void compare(const CorePower& power, Picoseconds least_busy, Picoseconds duration) {
    const auto with_idle = [&](Picoseconds busy, double idle_mw) {
      return common::aj_from_mw(chip_.power.waiting_mw, busy) + common::aj_from_mw(idle_mw, duration - busy);
    };
    const Picoseconds busy = power.time_ps[static_cast<int>(PowerState::Busy)];
    for (std::size_t i = 0; i < kIdlePowersMw.size(); ++i)
      add(books_.with_idle_power[i], with_idle(busy, kIdlePowersMw[i]) - power.total());
    add(books_.least, with_idle(least_busy, chip_.power.gated_mw) - power.total());
  }

  static void add(Attojoules& sum, Attojoules energy) { sum = common::checked_add(sum, energy); }

  /// What one image takes of the core's busiest unit.
  Picoseconds least_busy(const std::vector<const program::Task*>& tasks, Picoseconds duration) const {
    std::map<int, Picoseconds> work;
    for (const auto* task : tasks)
      for (const program::Visit& visit : task->visits) work[visit.unit] += visit.duration_ps * task->firings;
    Picoseconds most = 0;
    for (const auto& [unit, time] : work) most = std::max(most, time);
    return std::min(most, duration);
  }

  /// A core's static energy is its tasks' by the cells of the crossbar they use; equally if none uses any.
  void share(Attojoules energy, const std::vector<const program::Task*>& tasks) {
    const auto weight = [](const program::Task& task) { return std::int64_t{task.rows} * task.columns; };
    std::int64_t all = 0;
    for (const auto* task : tasks) all += weight(*task);
    for (const auto* task : tasks) {
      const double part = all > 0 ? static_cast<double>(weight(*task)) / static_cast<double>(all)
                                  : 1.0 / static_cast<double>(tasks.size());
      const bool last = task == tasks.back();
      const Attojoules share = last ? energy : static_cast<Attojoules>(part * static_cast<double>(energy));
      book(task->layer, Component::Static, share);
      energy -= last ? 0 : share;
    }
  }

  Attojoules& place(int core) { return core == program::kHost ? books_.host : books_.cores.at(core); }

  const program::Program& program_;
  const config::Chip& chip_;
  EnergyBooks books_;
  Attojoules total_booked_ = 0;
};

}  // namespace

EnergyBooks account(const program::Program& program, const program::Activity& activity, const SteadyRun& run,
                    const config::Chip& chip, Picoseconds static_ps) {
  Books books(program, chip);
  for (std::size_t t = 0; t < program.tasks.size(); ++t)
    books.firings(program.tasks[t],
                  per_image(activity.tasks[t].firings, run.images, "firings of task " + std::to_string(t)));
  for (std::size_t s = 0; s < program.streams.size(); ++s)
    books.tokens(program.streams[s],
                 per_image(activity.stream_tokens[s], run.images, "tokens of stream " + std::to_string(s)));
  books.constant_power(activity.cores, marked_images(run.images, run.draining), static_ps);
  return books.close();
}

std::vector<std::int64_t> count_macs(const program::Program& program, const program::Activity& activity,
                                     int images, const std::vector<std::int64_t>& wanted) {
  ensure(wanted.size() == program.layers.size(), "MAC books: another number of layers");
  std::vector<std::int64_t> macs(program.layers.size(), 0);
  for (std::size_t t = 0; t < program.tasks.size(); ++t)
    macs.at(program.tasks[t].layer) +=
        program.tasks[t].macs *
        per_image(activity.tasks[t].firings, images, "firings of task " + std::to_string(t));
  for (std::size_t l = 0; l < macs.size(); ++l)
    ensure(macs[l] == wanted[l], "MAC books do not close: layer '" + program.layers[l] + "' did " +
                                     std::to_string(macs[l]) + ", the network has " +
                                     std::to_string(wanted[l]));
  return macs;
}

}  // namespace phasecore::run
