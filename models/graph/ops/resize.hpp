// Images in another size: the nearest pixel, or lines between pixels.
#pragma once

#include "models/graph/moving.hpp"

namespace phasecore::graph {

class Resize final : public OperatorOf<Resize, Moving> {
 public:
  enum class Mode { Nearest, Linear };
  /// Where in the input a place of the output lies.
  enum class Place { HalfPixel, PytorchHalfPixel, AlignCorners, Asymmetric, TfHalfPixelForNn };
  /// Which of two neighbours is the nearest.
  enum class Rounding { PreferFloor, PreferCeil, Floor, Ceil };

  Mode mode = Mode::Nearest;
  Place place = Place::HalfPixel;
  Rounding rounding = Rounding::PreferFloor;
  Shape target;               ///< sizes of all dimensions of the output
  std::vector<float> scales;  ///< of all dimensions; what ONNX computes places with

  std::string name() const override { return "Resize"; }
  /// Lines between pixels are values of their own.
  bool fills_with_zeros() const override { return mode == Mode::Nearest; }
  void check(Findings& findings) const override;
  Shape infer_shape(const std::vector<Source>& sources, Findings& findings) const override;
  void run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
           Scratch& scratch) const override;
};

}  // namespace phasecore::graph
