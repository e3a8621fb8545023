// The fidelities at which a candidate can be evaluated, and what they are called.
#pragma once

#include <string>

namespace phasecore::evaluate {

/// How closely an evaluation looks: what its figures come from. Which of them an evaluator has, and in which
/// order, is its own affair.
enum class Fidelity {
  Table,       ///< read from published measurements
  Analytic,    ///< closed forms: lower bounds of time and energy
  Cycle,       ///< the chip, cycle by cycle
  Command,     ///< a program of the user's
  Race,        ///< accuracy on the first of those images and one programming
  MonteCarlo,  ///< accuracy on validation images
  Confirmed,   ///< accuracy on validation images and programmings that nothing was chosen by
  Final,       ///< accuracy on test images
  FineTuned    ///< the same of weights that were trained further
};

/// "table", "monte-carlo", ...: in files, messages and archives.
const std::string& name_of(Fidelity fidelity);

}  // namespace phasecore::evaluate
