// Figures of a whole simulation: who measures what the catalogue (nas/figures) names.
#pragma once

#include <functional>
#include <vector>

#include "nas/figures/catalogue.hpp"
#include "sim/run/report.hpp"

namespace phasecore::evaluate {

/// Adds what it measures of a report; what is not modelled is left out.
using Measure = std::function<void(const run::Report&, figures::Figures&)>;

/// One for each figure or family of the catalogue that a report of `simulate` has.
const std::vector<Measure>& report_measures();

/// Everything they find.
figures::Figures figures_of(const run::Report& report, const std::vector<Measure>& measures);

}  // namespace phasecore::evaluate
