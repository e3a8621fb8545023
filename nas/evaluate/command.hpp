// Figures from a program of the user's: it is told a candidate as JSON and answers with figures as JSON
// (docs/evaluation.md).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "models/spaces/space.hpp"
#include "nas/evaluate/chip_figures.hpp"
#include "nas/evaluate/chips.hpp"
#include "nas/evaluate/evaluator.hpp"

namespace phasecore::evaluate {

struct CommandSettings {
  std::shared_ptr<const spaces::Space> space;
  std::vector<std::string> command;  ///< a file, or a name on PATH, then arguments
  std::vector<std::string> figures;  ///< that it answers, all of them every time
  config::Device device;             ///< of the chip figures
  std::uint64_t seed = 0;
};

/// 0 "analytic", 1 "cycle": as SimulatedEvaluator has them
/// 2 "command":             what the program says; of a figure that "cycle" gives, too, this one counts
///
/// The program is started once for each candidate, with a folder of its own for the candidate's files. Its
/// standard input is one JSON object (schema phasecore.candidate/1), its standard output has to be one:
/// {"figures": {"accuracy@1d": 0.9, "top5": {"value": 0.99, "standard_error": 0.002}}}, or
/// {"failure": "why there are none"}. To be the same for any number of workers it has to be a function of
/// what it is told.
class CommandEvaluator : public Evaluator {
 public:
  CommandEvaluator(CommandSettings settings, Chips chips);

  int steps() const override { return 3; }
  Fidelity fidelity(int step) const override;
  std::vector<std::string> figures(int step) const override;
  /// Throws EnvironmentError when the program cannot be executed, fails, or answers with what is none.
  Outcome evaluate(const std::vector<int>& genes, int step) const override;

 private:
  Outcome ask(const std::vector<int>& genes) const;
  std::string question(const std::vector<int>& genes, const std::string& folder) const;

  CommandSettings settings_;
  Chips chips_;
  ChipFigures chip_figures_;
};

/// The outcome that a program's answer stands for. Throws EnvironmentError with what is wrong.
Outcome parse_answer(const std::string& json, const std::vector<std::string>& figures);

}  // namespace phasecore::evaluate
