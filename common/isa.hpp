// Instruction sets beside the base level x86-64-v3 that hot loops are also written for. What a loop computes
// is the same bit for bit at every level (docs/decisions/015-instruction-sets.md).
#pragma once

#include <vector>

namespace phasecore::common {

/// Each has all of those before it.
enum class Isa {
  V3,          ///< x86-64-v3: AVX2, FMA, F16C
  Avx512,      ///< AVX-512 F, BW, DQ and VL
  Avx512Vnni,  ///< and VNNI: 16-bit products added in one instruction
};

const char* name_of(Isa isa);

/// All that this machine and its operating system have, lowest first.
std::vector<Isa> available_isas();

/// The one to use: the highest, if no IsaLimit says otherwise.
Isa isa();

/// For tests and benchmarks: while it lives, nothing above `limit` is used.
class IsaLimit {
 public:
  explicit IsaLimit(Isa limit);
  ~IsaLimit();
  IsaLimit(const IsaLimit&) = delete;
  IsaLimit& operator=(const IsaLimit&) = delete;

 private:
  Isa before_;
};

}  // namespace phasecore::common
