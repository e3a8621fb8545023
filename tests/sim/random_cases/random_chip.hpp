// Chips at random: shipped ones with other links, converters, sizes, mappings.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "models/graph/network.hpp"
#include "sim/config/chip.hpp"

namespace phasecore::test {

class Dice {
 public:
  Dice(std::uint32_t seed, int draw) : engine_(seed * 64 + static_cast<std::uint32_t>(draw)) {}
  /// 0 to bound - 1.
  int below(int bound) { return static_cast<int>(engine_() % static_cast<std::uint32_t>(bound)); }
  bool chance(int percent) { return below(100) < percent; }
  std::uint32_t number() { return static_cast<std::uint32_t>(engine_()); }
  template <class T>
  const T& pick(const std::vector<T>& of) {
    return of[static_cast<std::size_t>(below(static_cast<int>(of.size())))];
  }

 private:
  std::mt19937 engine_;
};

struct RandomChip {
  config::Chip chip;
  std::string what;  ///< file and settings
};

/// A chip for `network`. Whether it is large enough is the mapping's to say; throws InputError where what the
/// drawing itself has to map does not fit.
RandomChip random_chip(Dice& dice, const graph::Network& network);

}  // namespace phasecore::test
