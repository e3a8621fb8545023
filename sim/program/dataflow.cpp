#include "sim/program/dataflow.hpp"

#include <algorithm>

namespace phasecore::program {

Visit load_visit(Picoseconds duration_ps) {
  Visit visit;
  visit.unit = kLoad;
  visit.duration_ps = duration_ps;
  visit.frees = Frees::AtStart;
  return visit;
}

Visit crossbar_visit(Picoseconds duration_ps, bool overlap) {
  Visit visit;
  visit.unit = kCrossbar;
  visit.duration_ps = duration_ps;
  visit.registers = overlap ? 2 : 1;
  return visit;
}

Visit digital_visit(Picoseconds duration_ps, Picoseconds pipeline_ps) {
  Visit visit;
  visit.unit = kDigital;
  visit.duration_ps = duration_ps;
  visit.pipeline_ps = pipeline_ps;
  visit.registers = 2;
  return visit;
}

EnergySplit firing_energy(const Task& task) {
  EnergySplit sum{};
  for (const Visit& visit : task.visits)
    for (int c = 0; c < kComponents; ++c) sum[c] += visit.energy[c];
  return sum;
}

Picoseconds firing_ps(const Task& task) {
  Picoseconds sum = 0;
  for (const Visit& visit : task.visits) sum += visit.duration_ps;
  return sum;
}

Picoseconds period_ps(const Task& task) {
  Picoseconds period = 0;
  for (std::size_t v = 0; v < task.visits.size(); ++v) {
    const Visit& visit = task.visits[v];
    const bool exclusive = visit.registers == 1 && visit.frees == Frees::AtEnd && v + 1 < task.visits.size();
    period = std::max(period, visit.duration_ps + (exclusive ? task.visits[v + 1].duration_ps : 0));
  }
  return period;
}

}  // namespace phasecore::program
