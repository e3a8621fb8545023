// What single layers do to the network's answers, for one instance at one time and a part of the images.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/numerics/executor.hpp"

namespace phasecore::monte_carlo {

struct LayerFigures {
  struct Layer {
    std::string alone, recovered;  ///< as correct_answers(): only this layer analog; all but this one analog
    /// Sums over the layer's outputs of the squared quantised value, and of the squared difference that being
    /// analog alone makes.
    double signal = 0, noise = 0;
  };
  std::string quantised, analog;  ///< as correct_answers(): no layer analog; all layers analog
  std::vector<Layer> layers;

  /// For the way between processes. from_bytes() throws InternalError if they are not of so many layers and
  /// samples.
  std::string to_bytes() const;
  static LayerFigures from_bytes(const std::string& bytes, std::size_t layers, std::size_t samples);
};

/// stages: the layers to look at. first_image: address of output noise of the first image.
LayerFigures layer_figures(const numerics::Executor& executor, const numerics::State& ideal,
                           const numerics::State& analog, const std::vector<int>& stages,
                           const graph::Batch& images, int first_image, const int* labels);

}  // namespace phasecore::monte_carlo
