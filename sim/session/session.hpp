// Settings -> Report: what `phasecore simulate`, a search's report of its knee and programs that link the
// library have in common. Finds the network and its images, lays a mapping on the chip, and runs it all.
#pragma once

#include <optional>
#include <string>

#include "models/data/own_arrays.hpp"
#include "sim/config/mapping_file.hpp"
#include "sim/session/models.hpp"
#include "sim/session/settings.hpp"

namespace phasecore::session {

/// What beside the settings decides where things come from.
struct Request {
  Settings settings;
  bool names_data = true;      ///< false: the data set that the network names, if it names one
  bool counts_samples = true;  ///< false: `samples` is the most; a smaller set is taken whole
  int calibration_images = 0;  ///< 0: all that there are
  std::string repeats;         ///< the file that the settings are from: their model's sha256 must be the same
  std::optional<config::MappingFile> mapping;  ///< in place of what the chip's settings choose
  std::optional<data::OwnArrays> arrays;       ///< the data set, in place of the one that is named
};

/// One network on one chip. Construction finds the network, load_images() its images; then it can be
/// simulated any number of times.
class Session {
 public:
  /// Reads the network that the settings name. Throws InputError for one that cannot be read, is not the one
  /// whose sha256 the settings have, or has no trained weights.
  explicit Session(const Request& request);
  /// With a network at hand; `settings.model` is only a name.
  Session(const Request& request, Model model);

  /// The settings with what was found out since: sha256, data set, number of images, mapping.
  const Settings& settings() const { return request_.settings; }
  const graph::Network& network() const { return model_.network; }
  bool has_images() const { return data_.has_value(); }
  /// What of the network's file the chip cannot do as it says.
  const std::vector<std::string>& notes() const { return model_.notes; }

  /// Reads the test and calibration images, if there is a data set. Throws InputError for sets that cannot be
  /// read or have too few images, and for settings that need images where there are none.
  void load_images();

  /// `options` as options() delivers them, with what the caller adds. Throws as run::simulate() does.
  run::Report simulate(const run::Options& options, run::ChipRunner& chips) const;

 private:
  void choose_weights();

  Request request_;
  Model model_;
  std::optional<run::Data> data_;
};

}  // namespace phasecore::session
