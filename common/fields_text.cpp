#include "common/fields_text.hpp"

#include <fmt/format.h>

#include <cmath>

namespace phasecore::common {

std::string number_text(double value) {
  return fmt::format("{}", value);
}

bool tells_missing_key(const Diagnostic& diagnostic) {
  return diagnostic.message.rfind(kMissingKey, 0) == 0;
}

std::string range_text(const Field& field) {
  const bool from = std::isfinite(field.min);
  const bool to = std::isfinite(field.max);
  if (from && to) return fmt::format("{} to {}", number_text(field.min), number_text(field.max));
  if (from) return "at least " + number_text(field.min);
  if (to) return "at most " + number_text(field.max);
  return "";
}

}  // namespace phasecore::common
