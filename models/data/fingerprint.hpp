// What a data set is by its content, for archives and ranks: its name says only where it lay.
#pragma once

#include <string>

#include "models/data/dataset.hpp"

namespace phasecore::data {

/// SHA-256 over shape, labels and values as they were read (normalised), in hexadecimal digits.
std::string fingerprint(const Dataset& set);

}  // namespace phasecore::data
