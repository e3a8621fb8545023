// Random numbers of an engine. Inside nas/pareto only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "common/random.hpp"

namespace phasecore::pareto {

/// A sequence of keyed random numbers: equal seeds, purposes and numbers of draws before give equal draws.
class Draws {
 public:
  Draws(std::uint64_t seed, std::string_view purpose)
      : key_{seed, common::Purpose::Search, 0, common::stable_hash(purpose), 0, 0} {}

  /// In [0, bound).
  int index(std::size_t bound) {
    return static_cast<int>(common::uniform_index(key_, next_++, static_cast<std::uint32_t>(bound)));
  }
  bool chance(double probability) { return static_cast<double>(index(kSteps)) < probability * kSteps; }

  /// A uniformly drawn order of 0 ... count - 1.
  std::vector<std::size_t> shuffled(std::size_t count) {
    std::vector<std::size_t> order(count);
    for (std::size_t i = 0; i < count; ++i) {  // Fisher-Yates, inside out
      const auto j = static_cast<std::size_t>(index(i + 1));
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }

 private:
  static constexpr std::uint32_t kSteps = 1u << 24;

  common::RandomKey key_;
  std::uint64_t next_ = 0;
};

}  // namespace phasecore::pareto
