#include "sim/mapping/load.hpp"

#include <algorithm>
#include <map>

namespace phasecore::mapping {

common::Picoseconds load_of(const program::Task& task) {
  return task.firings * program::period_ps(task);
}

Loads loads(const program::Program& program, int cores) {
  Loads all;
  all.cores.assign(static_cast<std::size_t>(cores), 0);
  for (const program::Task& task : program.tasks)
    if (task.core != program::kHost) all.cores.at(task.core) += load_of(task);
  all.busiest = static_cast<int>(std::max_element(all.cores.begin(), all.cores.end()) - all.cores.begin());
  return all;
}

common::Picoseconds interval_of_waves(const program::Program& program,
                                      const std::vector<std::vector<int>>& waves) {
  common::Picoseconds sum = 0;
  for (const std::vector<int>& wave : waves) {
    std::map<int, common::Picoseconds> cores;
    common::Picoseconds longest = 0;
    for (const int task : wave)
      longest = std::max(longest, cores[program.tasks[task].core] += load_of(program.tasks[task]));
    sum += longest;
  }
  return sum;
}

}  // namespace phasecore::mapping
