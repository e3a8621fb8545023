#include "sim/program/activity.hpp"
#include "sim/program/program.hpp"

namespace phasecore::program {

const char* name_of(Component component) {
  static constexpr std::array<const char*, kComponents> kNames = {"array",  "dac",     "adc",  "digital",
                                                                  "memory", "network", "host", "static"};
  return kNames.at(static_cast<std::size_t>(component));
}

const char* name_of(Stall cause) {
  static constexpr std::array<const char*, kStalls> kNames = {"input", "link", "partial_sum", "memory"};
  return kNames.at(static_cast<std::size_t>(cause));
}

}  // namespace phasecore::program
