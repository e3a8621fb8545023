#include "sim/mapping/routes.hpp"

#include <algorithm>

#include "common/diagnostics.hpp"

namespace phasecore::mapping {

Routes::Routes(const program::Structure& structure) : neighbours_(structure.columns * structure.rows) {
  for (const auto& link : structure.links) neighbours_[link[0]].push_back(link[1]);
  for (auto& list : neighbours_) std::sort(list.begin(), list.end());
}

std::vector<int> Routes::between(int from, int to) const {
  std::vector<int> came_from(neighbours_.size(), -1), queue{from};
  came_from[from] = from;
  for (std::size_t head = 0; head < queue.size() && came_from[to] < 0; ++head)
    for (int next : neighbours_[queue[head]])
      if (came_from[next] < 0) {
        came_from[next] = queue[head];
        queue.push_back(next);
      }
  if (came_from[to] < 0)
    throw common::InputError("network.offsets: no links lead from core " + std::to_string(from) +
                             " to core " + std::to_string(to));
  std::vector<int> route{to};
  while (route.back() != from) route.push_back(came_from[route.back()]);
  std::reverse(route.begin(), route.end());
  return route;
}

}  // namespace phasecore::mapping
