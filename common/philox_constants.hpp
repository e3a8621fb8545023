// Constants of Philox4x32: Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC'11,
// table 2. No functions here: code that is compiled once per instruction set includes this.
#pragma once

#include <cstdint>

namespace phasecore::common::philox {

constexpr std::uint32_t kMultiplier0 = 0xD2511F53, kMultiplier1 = 0xCD9E8D57;
constexpr std::uint32_t kWeyl0 = 0x9E3779B9, kWeyl1 = 0xBB67AE85;

}  // namespace phasecore::common::philox
