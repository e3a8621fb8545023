// Analog or digital as genes, a layer each, and where the search begins: the chain of `phasecore map
// --budget`. Inside nas/search only.
#pragma once

#include <string>
#include <vector>

#include "nas/evaluate/chips.hpp"
#include "nas/search/given.hpp"
#include "nas/search/settings.hpp"

namespace phasecore::search {

struct DigitalLayers {
  std::vector<ChipGene> genes;          ///< layers."NAME".digital: false, true
  std::vector<std::vector<int>> chain;  ///< choices of these genes: all analog to as digital as can be
};

/// Of the network's convolutions and Gemms about which the chip's file says nothing. What each loses alone in
/// its crossbar is measured by as many images and programmings as the settings say, at the time of the first
/// accuracy among the objectives (a day where there is none); costs are those that the chip's mapping aims
/// at. Throws InputError where the chip has no unit for digital layers, or no layer may be chosen.
DigitalLayers digital_layers(const LoadedSettings& loaded, const GivenNetwork& given);

}  // namespace phasecore::search
