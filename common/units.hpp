// Integer units of the simulator: sums are exact and equal on every machine.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>

namespace phasecore::common {

using Picoseconds = std::int64_t;
using Attojoules = std::int64_t;

/// The nearest integer. Throws InputError if there is none in 64 bits (or for NaN): 9.2 J, 106 days. The
/// numbers that come here are the user's energies and times multiplied by counts.
Attojoules rounded_energy(double aj);
Picoseconds rounded_time(double ps);

/// Sums and products that stay exact or throw InputError: no energy of one image may exceed 9.2 J.
Attojoules checked_add(Attojoules a, Attojoules b);
Attojoules checked_multiply(Attojoules energy, std::int64_t count);

inline Picoseconds ps_from_ns(double ns) {
  return rounded_time(ns * 1e3);
}
inline double ns_from_ps(Picoseconds ps) {
  return static_cast<double>(ps) / 1e3;
}
inline Attojoules aj_from_nj(double nj) {
  return rounded_energy(nj * 1e9);
}
inline Attojoules aj_from_pj(double pj) {
  return rounded_energy(pj * 1e6);
}
inline Attojoules aj_from_fj(double fj) {
  return rounded_energy(fj * 1e3);
}
inline double nj_from_aj(Attojoules aj) {
  return static_cast<double>(aj) / 1e9;
}
/// Energy of a constant power over a time: 1 mW * 1 ps = 1000 aJ.
inline Attojoules aj_from_mw(double mw, Picoseconds ps) {
  return rounded_energy(mw * 1e3 * static_cast<double>(ps));
}

/// "1s", "25s", "1h", "1d", "30d", "1y" (365 d) -> seconds. Throws InputError naming the text and what is
/// allowed.
double parse_duration_s(const std::string& text);
/// The shortest such text for a time: 3600 -> "1h".
std::string format_duration(double seconds);

}  // namespace phasecore::common
