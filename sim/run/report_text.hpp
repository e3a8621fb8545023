// The report for a person: a table per layer, a summary, and what is assumed or not modelled.
#pragma once

#include <string>

#include "sim/run/report.hpp"

namespace phasecore::run {

std::string to_text(const Report& report);

}  // namespace phasecore::run
