// The files of a simulation's result directory.
#pragma once

#include <string>
#include <vector>

#include "common/files.hpp"
#include "sim/run/report.hpp"

namespace phasecore::report {

/// Their names, for OutputDirectory: the first one is in every result, older ones lack the page.
std::vector<std::string> result_names();

/// What the files are made of.
struct ResultTexts {
  std::string json;      ///< report.json
  std::string settings;  ///< config.resolved.yaml
};

/// Writes report.json, report.html, layers.csv and config.resolved.yaml: all or none.
void write_results(common::OutputDirectory& out, const run::Report& report, const ResultTexts& texts);

}  // namespace phasecore::report
