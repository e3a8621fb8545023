// The MODEL argument: FILE.onnx or zoo:NAME, a shipped network or a definition without trained weights.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/data/dataset.hpp"
#include "models/graph/network.hpp"
#include "sim/config/chip.hpp"
#include "sim/run/data.hpp"

namespace phasecore::session {

struct Model {
  graph::Network network;
  std::string file;  ///< "" of a definition
  /// Of the ONNX file (onnx::File); of a definition, of what onnx::serialize_without_weights() writes.
  std::string sha256;
  bool trained = true;                  ///< false: the weights are a definition's random ones
  std::vector<std::string> notes = {};  ///< what of the file the chip cannot do as it says, for the user
};

/// Where the shipped networks are: $PHASECORE_ZOO, or `zoo` beside an installed program's configs, or the
/// source tree's models/zoo.
std::string zoo_directory();

/// The description of a supernet, FILE.yaml or zoo:NAME. Throws InputError for what is none.
std::string supernet_file(const std::string& supernet);

/// Throws InputError naming the shipped networks and the definitions when there is no zoo:NAME.
Model load_model(const std::string& model);

/// Throws InputError when the results would depend on weights that nobody trained. `remedy` ends the message.
void require_trained(const Model& model, const std::string& remedy);

/// The file of a MODEL argument, none of a definition. Throws as load_model() does.
std::optional<std::string> model_file(const std::string& model);

/// The settings files that stand behind a chip and its device, with what they are based on.
std::vector<std::string> settings_read(const std::string& chip_name_or_file, const config::Chip& chip);

/// The data set a network was trained on, from the recipe in its metadata (docs/formats.md), or "none".
std::string default_data(const graph::Network& network);

/// What replaces a data set's own normalisation: the option --normalise, else the network's metadata
/// phasecore.input_mean and phasecore.input_std. Throws InputError where they cannot be read.
std::optional<data::Normalisation> chosen_normalisation(const std::optional<std::string>& option,
                                                        const graph::Network& network);

/// How a data set is read for a network, which has to outlive that.
data::Reading reading_for(const graph::Network& network,
                          const std::optional<data::Normalisation>& normalisation);

/// The float accuracy that the metadata phasecore.float_accuracy promise; none on other data than the network
/// names.
std::optional<run::Promise> promise_of(const graph::Network& network, const std::string& data);

/// Throws InputError if one of the assignments chooses a mapping, while --mapping gives one.
void refuse_objective(const std::vector<std::string>& assignments);

}  // namespace phasecore::session
