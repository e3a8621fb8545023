// The results as tables for a terminal and for docs/validation.md.
#pragma once

#include <string>
#include <vector>

#include "sim/validate/validate.hpp"

namespace phasecore::validate {

/// A table for each kind, and what deviates for which reason.
std::string to_text(const std::vector<Result>& results);
/// The same as docs/validation.md has it.
std::string to_markdown(const std::vector<Result>& results);

}  // namespace phasecore::validate
