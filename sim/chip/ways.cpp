#include "sim/chip/ways.hpp"

#include <algorithm>

#include "common/diagnostics.hpp"

namespace phasecore::chip {
namespace {

using Ways = std::vector<const std::vector<Turn>*>;

Turn distance(std::size_t turns) {
  common::ensure(turns < 0x10000, "the tree of a multicast has too many turns");
  return {static_cast<std::uint8_t>(turns & 0xff), static_cast<std::uint8_t>(turns >> 8)};
}

void append(const Ways& ways, std::size_t depth, std::vector<Turn>& tree) {
  std::vector<Ways> groups;  // by where they go next
  for (const auto* way : ways) {
    if (way->size() == depth) continue;  // here it ends
    const auto same = std::find_if(groups.begin(), groups.end(), [&](const Ways& group) {
      return (*group.front())[depth] == (*way)[depth];
    });
    if (same != groups.end())
      same->push_back(way);
    else
      groups.push_back({way});
  }
  const std::size_t fork = tree.size();
  if (groups.size() > 1) {
    common::ensure(groups.size() < kFork, "a multicast with too many branches");
    tree.push_back({kFork, static_cast<std::uint8_t>(groups.size())});
    tree.resize(tree.size() + groups.size());
  }
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (groups.size() > 1) tree[fork + 1 + i] = distance(tree.size() - fork);
    tree.push_back((*groups[i].front())[depth]);
    append(groups[i], depth + 1, tree);
  }
}

}  // namespace

const Turn* branch(const Turn* fork, int n) {
  const Turn& distance = fork[1 + n];
  return fork + distance.output + 0x100 * distance.channel;
}

std::vector<Turn> tree_of(const std::vector<std::vector<Turn>>& ways) {
  Ways all;
  for (const auto& way : ways) all.push_back(&way);
  std::vector<Turn> tree;
  append(all, 0, tree);
  return tree;
}

}  // namespace phasecore::chip
