#include "nas/evaluate/command.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "common/fields.hpp"
#include "common/files.hpp"
#include "common/process/ending.hpp"
#include "common/process/program.hpp"
#include "models/onnx/onnx.hpp"
#include "nas/evaluate/genotype.hpp"
#include "nas/figures/names.hpp"

namespace phasecore::evaluate {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using nlohmann::ordered_json;

enum Step { kAnalytic, kCycle, kCommand };

/// A folder that lasts as long as a question.
class Folder {
 public:
  Folder() : path_((fs::temp_directory_path() / "phasecore-candidate-XXXXXX").string()) {
    if (::mkdtemp(path_.data()) == nullptr)
      throw common::EnvironmentError("cannot create a folder '" + path_ + "'");
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::string& path() const { return path_; }
  std::string operator/(const char* name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

[[noreturn]] void refuse(const std::string& what) {
  throw common::EnvironmentError("the command's answer " + what);
}

double number_in(const json& value, const std::string& name) {
  if (!value.is_number() || !std::isfinite(value.get<double>()))
    refuse("has no number for '" + name + "', but " + value.dump());
  return value.get<double>();
}

Figure figure_in(const json& value, const std::string& name) {
  if (!value.is_object()) return {number_in(value, name), 0};
  for (const auto& [key, unused] : value.items())
    if (key != "value" && key != "standard_error")
      refuse("has '" + key + "' in '" + name + "'; expected are 'value' and 'standard_error'");
  const Figure figure{number_in(value.value("value", json()), name),
                      number_in(value.value("standard_error", json(0)), name + ".standard_error")};
  if (figure.error < 0) refuse("has a negative standard error for '" + name + "'");
  return figure;
}

void check_range(const std::string& name, double value) {
  const figures::Range range = figures::range_of(name);
  if (value < range.low || value > range.high || (value == range.low && !range.low_occurs))
    refuse(fmt::format("has {} for '{}'; it lies between {} and {}", value, name, range.low, range.high));
}

}  // namespace

Outcome parse_answer(const std::string& text, const std::vector<std::string>& figures) {
  const json answer = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!answer.is_object()) refuse("is no JSON object: '" + text.substr(0, 100) + "'");
  Outcome outcome;
  if (answer.contains("failure")) {
    if (!answer["failure"].is_string() || answer["failure"].get<std::string>().empty())
      refuse("has a 'failure' that is no text");
    outcome.failure = answer["failure"].get<std::string>();
    std::replace(outcome.failure.begin(), outcome.failure.end(), '\n', ' ');
    return outcome;
  }
  if (!answer.contains("figures") || !answer["figures"].is_object())
    refuse("has neither 'figures' nor a 'failure'");
  for (const auto& [key, value] : answer["figures"].items()) {
    const std::string name = figures::canonical_figure(key);
    if (std::find(figures.begin(), figures.end(), name) == figures.end())
      refuse(fmt::format("has the figure '{}'; evaluator.figures are {}", key, fmt::join(figures, ", ")));
    outcome.figures[name] = figure_in(value, key);
    if (figures::catalogue().find(name) != nullptr) check_range(name, outcome.figures[name].value);
  }
  for (const auto& name : figures)
    if (outcome.figures.count(name) == 0) refuse("lacks the figure '" + name + "'");
  return outcome;
}

CommandEvaluator::CommandEvaluator(CommandSettings settings, Chips chips)
    : settings_(std::move(settings)),
      chips_(std::move(chips)),
      chip_figures_(settings_.space, settings_.device, settings_.seed) {
  common::ensure(!settings_.command.empty() && !settings_.figures.empty(),
                 "evaluate: a command and its figures are needed");
}

Fidelity CommandEvaluator::fidelity(int step) const {
  static constexpr Fidelity kSteps[] = {Fidelity::Analytic, Fidelity::Cycle, Fidelity::Command};
  return kSteps[step];
}

std::vector<std::string> CommandEvaluator::figures(int step) const {
  if (step == kCommand) return settings_.figures;
  return ChipFigures::names(step == kAnalytic ? run::Engine::Analytic : run::Engine::Chip);
}

Outcome CommandEvaluator::evaluate(const std::vector<int>& genes, int step) const {
  common::ensure(step >= 0 && step < steps(), "evaluate: there is no such step");
  if (step == kCommand) return ask(genes);
  const auto [of_space, of_chip] = parts(genes, *settings_.space);
  Outcome outcome;
  outcome.failure = settings_.space->refusal(of_space);
  if (!outcome.failure.empty()) return outcome;
  try {
    chip_figures_.add(outcome, of_space, chips_.chip(of_chip),
                      step == kAnalytic ? run::Engine::Analytic : run::Engine::Chip);
  } catch (const common::InputError& e) {
    outcome.failure = on_one_line(e);
  }
  return outcome;
}

std::string CommandEvaluator::question(const std::vector<int>& genes, const std::string& folder) const {
  const auto [of_space, of_chip] = parts(genes, *settings_.space);
  ordered_json j = {{"schema", "phasecore.candidate/1"}, {"seed", settings_.seed}};
  j["genes"] = ordered_json::object();
  for (const auto& [name, choice] : settings_.space->choices(of_space)) j["genes"][name] = choice;
  j["chip_genes"] = ordered_json::object();
  for (std::size_t g = 0; g < of_chip.size(); ++g)
    j["chip_genes"][chips_.genes()[g].key] = chips_.genes()[g].choices[of_chip[g]];
  j["network"] = folder + "/network.onnx";
  j["chip"] = folder + "/chip.yaml";
  j["folder"] = folder;
  j["figures"] = settings_.figures;
  common::write_file_atomically(folder + "/network.onnx",
                                onnx::serialize(settings_.space->network(of_space, settings_.seed)));
  common::write_file_atomically(folder + "/chip.yaml", common::dump_fields(chips_.chip(of_chip)));
  return j.dump() + "\n";
}

Outcome CommandEvaluator::ask(const std::vector<int>& genes) const {
  const Folder folder;
  common::write_file_atomically(folder / "question.json", question(genes, folder.path()));
  const int status = process::run_child(
      settings_.command, {folder / "question.json", folder / "answer.json", folder / "messages.txt"});
  if (process::could_not_begin(status))
    throw common::EnvironmentError("the command '" + settings_.command[0] + "' cannot be executed");
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    throw common::EnvironmentError("the command " + process::ending_text(status) + ": " +
                                   process::last_words(folder / "messages.txt"));
  return parse_answer(common::read_file(folder / "answer.json"), settings_.figures);
}

}  // namespace phasecore::evaluate
