#include "common/units.hpp"

#include <fmt/format.h>

#include <charconv>
#include <system_error>

#include "common/diagnostics.hpp"
#include "common/table.hpp"

namespace phasecore::common {
namespace {

struct TimeUnit {
  const char* name;
  double seconds;
};

constexpr TimeUnit kTimeUnits[] = {{"y", 365.0 * 86400}, {"d", 86400}, {"h", 3600}, {"min", 60}, {"s", 1}};

/// llround() beyond 64 bits is undefined. 2^63 itself is the first double that does not fit.
bool fits(double value) {
  return std::abs(value) < 0x1p63;
}

InputError too_much_energy() {
  return InputError("an energy exceeds 9.2 J per image, the most this simulator counts");
}

}  // namespace

Attojoules rounded_energy(double aj) {
  if (!fits(aj)) throw InputError(fmt::format("an energy of {:.3g} J is beyond 9.2 J", aj * 1e-18));
  return std::llround(aj);
}

Picoseconds rounded_time(double ps) {
  if (!fits(ps)) throw InputError(fmt::format("a time of {:.3g} s is beyond 9.2e6 s", ps * 1e-12));
  return std::llround(ps);
}

Attojoules checked_add(Attojoules a, Attojoules b) {
  Attojoules sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) throw too_much_energy();
  return sum;
}

Attojoules checked_multiply(Attojoules energy, std::int64_t count) {
  Attojoules product = 0;
  if (__builtin_mul_overflow(energy, count, &product)) throw too_much_energy();
  return product;
}

double parse_duration_s(const std::string& text) {
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
  if (error == std::errc{} && std::isfinite(number) && !std::signbit(number)) {
    const std::string unit(rest, end);
    for (const TimeUnit& u : kTimeUnits) {
      if (unit == u.name && std::isfinite(number * u.seconds)) return number * u.seconds;
    }
  }
  throw InputError(fmt::format(
      "'{}' is not a time; allowed is a number and one of s, min, h, d, y, as in 25s, 1h, 30d (1y is 365d)",
      text));
}

std::string format_duration(double seconds) {
  ensure(std::isfinite(seconds) && seconds >= 0, "format_duration: not a time");
  if (seconds == 0) return "0s";
  std::string shortest;
  for (const TimeUnit& u : kTimeUnits) {
    const double count = std::round(seconds / u.seconds);
    // Whole counts only: they survive parse_duration_s() exactly.
    if (count < 1 || count > 1e15 || count * u.seconds != seconds) continue;
    const std::string text = fmt::format("{:.0f}{}", count, u.name);
    if (shortest.empty() || text.size() < shortest.size()) shortest = text;
  }
  if (!shortest.empty()) return shortest;
  char digits[1100];  // the smallest double has 1074 places after the point
  const auto written = std::to_chars(digits, digits + sizeof digits, seconds, std::chars_format::fixed);
  ensure(written.ec == std::errc{}, "format_duration: too long");
  return std::string(digits, written.ptr) + "s";
}

}  // namespace phasecore::common
