// Words about fields that the loader's messages and the documentation share. Inside common/ only.
#pragma once

#include <string>

#include "common/fields.hpp"

namespace phasecore::common {

/// "1 to 16", "at least 0", "at most 3" or "" when there is no limit; no unit.
std::string range_text(const Field& field);

/// What a missing key's message begins with, and whether one is that.
inline constexpr char kMissingKey[] = "missing key ";
bool tells_missing_key(const Diagnostic& diagnostic);

/// A number as a person writes it: 16, 0.5, 1e-09.
std::string number_text(double value);

}  // namespace phasecore::common
