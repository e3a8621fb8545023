// The points of a sweep: which value each key has at each of them.
#pragma once

#include <string>
#include <vector>

#include "nas/sweep/settings.hpp"

namespace phasecore::sweep {

/// A key that varies. Value 0 is the base's: the key is not set.
struct VariedKey {
  std::string key;
  std::vector<std::string> values;
  std::vector<common::Location> where;  ///< of each value in the settings
};

struct Points {
  std::vector<VariedKey> keys;
  std::vector<std::vector<int>> choices;  ///< of each point, one value of each key; no point twice

  /// What a point sets: key and value.
  std::vector<std::pair<std::string, std::string>> set_by(std::size_t point) const;
};

/// Grids count up with the last axis fastest; `around` begins with the base.
/// Throws InputError when a point is listed twice, or sets a key twice, or there are more than 100,000.
Points points_of(const LoadedSettings& loaded);

}  // namespace phasecore::sweep
