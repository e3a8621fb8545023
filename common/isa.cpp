#include "common/isa.hpp"

#include <algorithm>

#include "common/diagnostics.hpp"

namespace phasecore::common {
namespace {

/// The compiler's test covers what the operating system saves of the registers, too.
Isa highest() {
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  if (!avx512) return Isa::V3;
  return __builtin_cpu_supports("avx512vnni") ? Isa::Avx512Vnni : Isa::Avx512;
}

Isa& current() {
  static Isa isa = highest();
  return isa;
}

}  // namespace

const char* name_of(Isa isa) {
  switch (isa) {
    case Isa::V3:
      return "x86-64-v3";
    case Isa::Avx512:
      return "AVX-512";
    case Isa::Avx512Vnni:
      return "AVX-512 with VNNI";
  }
  throw InternalError("an instruction set without a name");
}

std::vector<Isa> available_isas() {
  std::vector<Isa> all;
  for (const Isa isa : {Isa::V3, Isa::Avx512, Isa::Avx512Vnni})
    if (isa <= highest()) all.push_back(isa);
  return all;
}

Isa isa() {
  return current();
}

IsaLimit::IsaLimit(Isa limit) : before_(current()) {
  current() = std::min(limit, before_);
}

IsaLimit::~IsaLimit() {
  current() = before_;
}

}  // namespace phasecore::common
