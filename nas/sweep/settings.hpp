// SWEEP.yaml: which settings of chip, device, network and data are varied, and how each is measured.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/fields.hpp"
#include "common/settings_files.hpp"
#include "nas/evaluate/over_networks.hpp"
#include "sim/run/simulate.hpp"

namespace phasecore::sweep {

constexpr common::SettingsKind sweep_files{"sweeps", "sweep"};

/// How the points are made of the axes.
enum class Mode {
  Grid,    ///< every combination of the axes' values
  Around,  ///< the base, and each value of each axis alone
  List     ///< the points that are listed
};

using evaluate::Over;  ///< what a figure of several networks on one chip is

/// A key and the values that it takes. Keys are those of `phasecore simulate --set`, and beside them `chip`
/// and `device` (a name or a file), `device.KEY`, `compensation`, `model` and `data`.
struct Axis {
  std::string key;
  std::vector<std::string> values;  ///< as --set takes them
  void fields(common::FieldVisitor& v);
};

struct ListedPoint {
  std::vector<std::string> set;  ///< key=value
  void fields(common::FieldVisitor& v);
};

struct NetworkEntry {
  std::string model;             ///< FILE.onnx or zoo:NAME
  std::optional<double> weight;  ///< over_networks: weighted
  void fields(common::FieldVisitor& v);
};

struct Settings {
  std::string schema;  ///< "phasecore.sweep-settings/1"
  std::string name, question;
  std::vector<NetworkEntry> networks;
  Over over_networks = Over::Worst;
  std::string chip;
  std::vector<std::string> chip_set;
  std::string compensation;
  std::optional<std::string> data;  ///< absent: the one that each network names; "none": no accuracy
  bool on_test = false;
  int samples = 0, instances = 0;
  std::vector<std::string> times;
  run::Engine engine = run::Engine::Chip;
  Mode mode = Mode::Grid;
  std::vector<Axis> axes;
  std::vector<ListedPoint> points;
  std::vector<std::string> objectives;
  double cpu_seconds = 0, still_seconds = 0;
  int seed = 0;
  void fields(common::FieldVisitor& v);
};

struct LoadedSettings {
  Settings settings;
  common::YamlNode root;
  /// Place of entry `entry` of `key` in entry `index` of a list, or as much of that as there is.
  common::Location place(const std::string& list, std::size_t index, const std::string& key,
                         std::size_t entry) const;
};

/// A shipped name (configs/sweeps) or a file, laid over configs/sweeps/defaults.yaml, with the `--set`
/// assignments on top. Throws InputError with everything that is wrong.
LoadedSettings load_settings(const std::string& name_or_file, const std::vector<std::string>& assignments);
/// The same of a program's own text, YAML or JSON; `name` stands where messages name a file, and problems are
/// placed by key.
LoadedSettings load_settings_text(const std::string& text, const std::string& name,
                                  const std::vector<std::string>& assignments);

}  // namespace phasecore::sweep
