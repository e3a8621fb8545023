// Integer units of the simulator: sums are exact and equal on every machine.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>

namespace phasecore::common {

using Picoseconds = std::int64_t;
using Attojoules = std::int64_t;

inline Picoseconds ps_from_ns(double ns) {
  return static_cast<Picoseconds>(std::llround(ns * 1e3));
}
inline double ns_from_ps(Picoseconds ps) {
  return static_cast<double>(ps) / 1e3;
}
inline Attojoules aj_from_nj(double nj) {
  return static_cast<Attojoules>(std::llround(nj * 1e9));
}
inline Attojoules aj_from_pj(double pj) {
  return static_cast<Attojoules>(std::llround(pj * 1e6));
}
inline Attojoules aj_from_fj(double fj) {
  return static_cast<Attojoules>(std::llround(fj * 1e3));
}
inline double nj_from_aj(Attojoules aj) {
  return static_cast<double>(aj) / 1e9;
}
/// Energy of a constant power over a time: 1 mW * 1 ps = 1000 aJ.
inline Attojoules aj_from_mw(double mw, Picoseconds ps) {
  return static_cast<Attojoules>(std::llround(mw * 1e3 * static_cast<double>(ps)));
}

/// "1s", "25s", "1h", "1d", "30d", "1y" (365 d) -> seconds. Throws InputError naming the text and what is
/// allowed.
double parse_duration_s(const std::string& text);
/// The shortest such text for a time: 3600 -> "1h".
std::string format_duration(double seconds);

}  // namespace phasecore::common
