// Everything a simulation depends on, in one struct that is written to config.resolved.yaml and read back by
// --config.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/config/chip.hpp"
#include "sim/config/device.hpp"
#include "sim/run/simulate.hpp"

namespace phasecore::session {

struct Settings {
  std::string schema;        ///< "phasecore.simulate-settings/1"
  std::string model;         ///< file or zoo:NAME
  std::string model_sha256;  ///< of the model's file, so that --config repeats the same network or refuses
  bool random_weights = false;
  std::string data;                      ///< data set, "none" for no accuracy
  std::optional<std::string> normalise;  ///< in place of the set's own normalisation, MEAN,..:STD,..
  int samples = 0;                       ///< test images
  std::vector<std::string> times;
  int instances = 0;
  std::string compensation;
  bool layer_figures = false;
  int layer_samples = 0, layer_instances = 0;
  std::string layer_time;
  run::Engine engine = run::Engine::Chip;
  bool functional = false;
  int seed = 0;
  config::Device device;
  config::Chip chip;
  void fields(common::FieldVisitor& v);
};

/// The defaults of `phasecore simulate`; chip, device and data are left to the caller.
Settings default_settings();

/// Reads a config.resolved.yaml. Throws InputError with all problems.
Settings load_settings(const std::string& path);

/// The options that follow from the settings. Throws InputError for times and compensations that do not
/// exist.
run::Options to_options(const Settings& settings);

}  // namespace phasecore::session
