// phasecore map --budget: which layers are analog, which digital.
#pragma once

#include <boost/program_options.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include "sim/config/chip.hpp"
#include "sim/run/chip_runner.hpp"
#include "sim/session/models.hpp"

namespace phasecore::app {

/// --budget and what has a meaning only with it.
boost::program_options::options_description budget_options();

/// Throws InputError for options that need --budget where it is absent, or that do not go with it.
void check_budget_options(const boost::program_options::variables_map& values);

struct LayersChosen {
  bool is_kept = false;         ///< false: nothing that was measured keeps the budget
  config::Chip chip;            ///< its `layers` say which are digital
  std::string text;             ///< tables
  nlohmann::ordered_json json;  ///< the same
};

/// Throws InputError where there is nothing to choose, or nothing to choose by.
LayersChosen choose_layers(const boost::program_options::variables_map& values, const config::Chip& chip,
                           const session::Model& model, run::ChipRunner& chips);

}  // namespace phasecore::app
