#include "nas/evaluate/fidelity.hpp"

#include <map>

namespace phasecore::evaluate {

const std::string& name_of(Fidelity fidelity) {
  static const std::map<Fidelity, std::string> kNames = {
      {Fidelity::Table, "table"},         {Fidelity::Analytic, "analytic"},
      {Fidelity::Cycle, "cycle"},         {Fidelity::Command, "command"},
      {Fidelity::Race, "race"},           {Fidelity::MonteCarlo, "monte-carlo"},
      {Fidelity::Confirmed, "confirmed"}, {Fidelity::Final, "final"},
      {Fidelity::FineTuned, "fine-tuned"}};
  return kNames.at(fidelity);
}

}  // namespace phasecore::evaluate
