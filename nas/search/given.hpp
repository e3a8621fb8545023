// Networks that a search is given, in place of a space of them: what it looks for is their chip. Inside
// nas/search only.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/data/dataset.hpp"
#include "models/graph/network.hpp"
#include "models/spaces/space.hpp"
#include "nas/search/settings.hpp"

namespace phasecore::search {

/// Images as a search uses the parts of a data set.
struct Images {
  data::Dataset calibration, validation, test;
};
/// As many as the settings ask for. Throws InputError.
Images load_images(const LoadedSettings& loaded, const std::string& set, const data::Reading& reading);

struct GivenNetwork {
  std::string name;  ///< without "zoo:"
  double weight = 1;
  std::shared_ptr<const graph::Network> network;
  std::string sha256;
  Images images;
};

/// The `networks` of the settings, each with the images of `data`, or, where that is none, of the set that it
/// names. Throws InputError for one without trained weights or without images.
std::vector<GivenNetwork> load_given(const LoadedSettings& loaded);

/// The space of them: all of them at once are its one network.
std::shared_ptr<const spaces::Space> space_of(const std::vector<GivenNetwork>& given);

}  // namespace phasecore::search
