// One layer on one sample: what all float inference is made of. Inside models/graph only.
#pragma once

#include <vector>

#include "models/graph/network.hpp"

namespace phasecore::graph {

class LayerRun {
 public:
  /// `in`: shape of the input. `other`: second input of an Add, else not read. `out`: volume(layer.shape)
  /// values. Sums are in an order that depends on the sizes only.
  void run(const Layer& layer, const Shape& in, const float* input, const float* other, float* out);

 private:
  std::vector<float> patches_;  ///< kept from call to call
};

}  // namespace phasecore::graph
