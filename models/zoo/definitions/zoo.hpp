// Well-known networks by name, as definitions: layers and shapes as published, weights random. What is known
// of each, and what they cost on the shipped chips, stands in docs/baselines.md.
#pragma once

#include <string>
#include <vector>

#include "models/graph/network.hpp"

namespace phasecore::zoo {

/// What a network is built for where that is not what was published.
struct Task {
  graph::Shape input;  ///< empty: as published
  int classes = 0;     ///< 0: as published
};

struct Definition {
  std::string name;  ///< as in zoo:NAME
  graph::Network (*builder)(const Task& task);

  graph::Network build() const { return builder({}); }
  /// The same layers for other images and classes. Throws InputError naming the layer that the images are too
  /// small for.
  graph::Network build_for(const graph::Shape& input, int classes) const { return builder({input, classes}); }
};

/// All of them, sorted by name.
const std::vector<Definition>& definitions();

/// The definition called `name`, nullptr if there is none.
const Definition* find(const std::string& name);

}  // namespace phasecore::zoo
