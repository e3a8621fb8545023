// The report for a person: a table per layer, a summary, and what is assumed or not modelled.
#pragma once

#include <string>

#include "sim/run/report.hpp"

namespace phasecore::report {

std::string to_text(const run::Report& report);

}  // namespace phasecore::report
