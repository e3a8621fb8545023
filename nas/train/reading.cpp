#include "nas/train/reading.hpp"

namespace phasecore::train {

data::Reading reading_of(const Recipe& recipe) {
  return {std::nullopt, data::parse_if_given(recipe.normalise, "'normalise'")};
}

void add_input_metadata(const Recipe& recipe, graph::Network& network) {
  const auto normalisation = reading_of(recipe).normalisation;
  if (!normalisation) return;
  const std::string text = data::to_string(*normalisation);
  const std::size_t colon = text.find(':');
  network.metadata["phasecore.input_mean"] = text.substr(0, colon);
  network.metadata["phasecore.input_std"] = text.substr(colon + 1);
}

}  // namespace phasecore::train
