// Ways of packets through routers, as routers read them.
#pragma once

#include <cstdint>
#include <vector>

namespace phasecore::chip {

/// Where a packet leaves a router, and the virtual channel it takes there.
struct Turn {
  std::uint8_t output = 0, channel = 0;
  bool operator==(const Turn& other) const { return output == other.output && channel == other.channel; }
};

/// No output: here a packet goes on by several ways. `channel` is how many; a distance for each follows.
constexpr std::uint8_t kFork = 255;
inline bool is_fork(const Turn& turn) {
  return turn.output == kFork;
}
/// Where the n-th way (from 0) of a fork goes on.
const Turn* branch(const Turn* fork, int n);

/// One turn per router. Where ways part for the first time, a fork; they never come together again, even if
/// they take the same link once more.
std::vector<Turn> tree_of(const std::vector<std::vector<Turn>>& ways);

}  // namespace phasecore::chip
