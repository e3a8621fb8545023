// SEARCH.yaml: everything that a search depends on, beside the number of workers.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/fields.hpp"
#include "common/settings_files.hpp"
#include "nas/evaluate/over_networks.hpp"
#include "nas/figures/names.hpp"

namespace phasecore::search {

using figures::canonical_figure;
using figures::figure_time_s;

constexpr common::SettingsKind search_files{"searches", "search"};

enum class Goal { Maximise, Minimise };

/// What a figure is multiplied by, so that less is better.
constexpr double sign_of(Goal goal) {
  return goal == Goal::Maximise ? -1 : 1;
}

struct Objective {
  std::string figure;  ///< "accuracy@1d", "latency_ns": docs/search.md
  Goal goal = Goal::Minimise;
  std::optional<double> deviations;  ///< standard deviations (`<figure>.std`) counted against the figure
  std::optional<double> reference;   ///< in the figure's unit; of the hypervolume
  void fields(common::FieldVisitor& v);
};

struct Constraint {
  std::string figure;
  std::optional<double> deviations;  ///< as of an objective
  std::optional<double> at_most, at_least;
  void fields(common::FieldVisitor& v);
};

struct ChipGene {
  std::string key;  ///< as `--set` of `phasecore simulate` takes it: "adc.bits"
  std::vector<std::string> choices;
  std::optional<bool> ordered;  ///< always there once the settings are loaded
  void fields(common::FieldVisitor& v);
};

struct Effort {
  int images = 0, instances = 0;
  void fields(common::FieldVisitor& v);
};

struct Confirmation {
  int images = 0;  ///< 0 = none
  int instances = 0;
  double doubt = 0;  ///< standard errors by which the unconfirmed count worse
  void fields(common::FieldVisitor& v);
};

/// A look at few images before all others.
struct RaceSettings {
  int images = 0;
  double level = 0;  ///< chance at most that the better candidate is out, over all rivals
  void fields(common::FieldVisitor& v);
};

enum class EvaluatorKind { Table, Supernet, Train, Command, Networks };

struct EvaluatorSettings {
  EvaluatorKind kind = EvaluatorKind::Table;
  std::optional<std::string> table, supernet;
  std::optional<std::string> recipe;  ///< TRAIN.yaml: a shipped name or a file
  std::vector<std::string> recipe_set;
  std::optional<int> fine_tune_epochs;
  std::vector<std::string> command;  ///< a program and its arguments
  std::vector<std::string> figures;  ///< that it answers
  std::vector<std::string> times;
  int calibration_images = 0;
  Effort monte_carlo;
  std::optional<RaceSettings> race;
  Confirmation confirm;
  Effort final;
  std::optional<double> cpu_seconds;
  double still_seconds = 0;
  void fields(common::FieldVisitor& v);
};

struct Budget {
  std::optional<int> evaluations;
  std::optional<double> minutes;
  void fields(common::FieldVisitor& v);
};

/// The search ends when the hypervolume of the front has hardly grown for some rounds.
struct Flat {
  int rounds = 0;
  double gain = 0;  ///< share of the hypervolume; less is hardly
  void fields(common::FieldVisitor& v);
};

struct SurrogateSettings {
  bool enabled = false;
  int from_evaluations = 0, oversupply = 0, window = 0;
  double minimum_tau = 0, exploration = 0;
  std::optional<bool> free_figures;
  void fields(common::FieldVisitor& v);
};

/// A network of the evaluator `networks`.
struct NetworkEntry {
  std::string model;             ///< FILE.onnx or zoo:NAME
  std::optional<double> weight;  ///< over_networks: weighted
  void fields(common::FieldVisitor& v);
};

/// Analog or digital, a gene for each layer.
struct DigitalLayerSettings {
  int images = 0, instances = 0;  ///< what each layer loses alone is measured by
  void fields(common::FieldVisitor& v);
};

struct Settings {
  std::string schema;  ///< "phasecore.search-settings/1"
  std::string name;
  std::string space;
  std::vector<std::string> space_set;
  std::string chip;
  std::vector<std::string> chip_set;
  std::optional<std::string> device;
  std::string compensation;
  std::string data;
  std::optional<std::string> normalise;  ///< in place of the set's own normalisation
  std::vector<NetworkEntry> networks;
  evaluate::Over over_networks = evaluate::Over::Worst;
  std::vector<ChipGene> chip_genes;
  std::optional<DigitalLayerSettings> digital_layers;
  EvaluatorSettings evaluator;
  std::vector<Objective> objectives;
  std::vector<Constraint> constraints;
  std::string algorithm;
  int population = 0;
  double crossover_rate = 0, mutation_rate = 0;
  Budget budget;
  std::optional<Flat> stop_when_flat;
  std::optional<std::string> start_from;  ///< directory of another search, whose front comes first
  SurrogateSettings surrogate;
  int seed = 0;
  void fields(common::FieldVisitor& v);

 private:
  void check_networks(common::FieldVisitor& v) const;
};

/// The settings and where each of them stood, for messages about what only becomes known later.
struct LoadedSettings {
  Settings settings;
  common::YamlNode root;

  /// Place of `key` in entry `index` of a list, or as much of that as there is.
  common::Location place(const std::string& list, std::size_t index, const std::string& key) const;

  /// Does `look_up`, which uses the value at `path` ("evaluator.supernet"). What it refuses without a place
  /// is said of that value; what it refuses in "--set", of the list at `assignments` that it was given.
  /// Values of shipped searches are right, and not blamed.
  template <class LookUp>
  auto placed(const std::string& path, const std::string& assignments, const LookUp& look_up) const
      -> decltype(look_up()) {
    try {
      return look_up();
    } catch (const common::InputError& e) {
      throw common::InputError(with_places(e.diagnostics(), path, assignments));
    }
  }

 private:
  std::vector<common::Diagnostic> with_places(std::vector<common::Diagnostic> diagnostics,
                                              const std::string& path, const std::string& assignments) const;
};

/// A shipped name (configs/searches) or a file, laid over configs/searches/defaults.yaml, with the `--set`
/// assignments laid over that. Times in the names of figures are written as common::format_duration does.
/// Throws InputError with everything that is wrong.
LoadedSettings load_settings(const std::string& name_or_file, const std::vector<std::string>& assignments);
/// The same of a program's own text, YAML or JSON; `name` stands where messages name a file, and problems are
/// placed by key.
LoadedSettings load_settings_text(const std::string& text, const std::string& name,
                                  const std::vector<std::string>& assignments);

/// The readout times of the settings and those that the names of figures ask for, ascending, each once.
/// Throws InputError for what is no time.
std::vector<double> times_s(const Settings& settings);

}  // namespace phasecore::search
