// Blocks of pixels into channels and back.
#pragma once

#include "models/graph/moving.hpp"

namespace phasecore::graph {

class DepthToSpace final : public OperatorOf<DepthToSpace, Moving> {
 public:
  int block = 1;
  bool channels_first = false;  ///< in the depth: channel, row, column (CRD), else row, column, channel (DCR)

  std::string name() const override { return "DepthToSpace"; }
  void check(Findings& findings) const override;
  Shape infer_shape(const std::vector<Source>& sources, Findings& findings) const override;
  void run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
           Scratch& scratch) const override;
};

class SpaceToDepth final : public OperatorOf<SpaceToDepth, Moving> {
 public:
  int block = 1;

  std::string name() const override { return "SpaceToDepth"; }
  void check(Findings& findings) const override;
  Shape infer_shape(const std::vector<Source>& sources, Findings& findings) const override;
  void run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
           Scratch& scratch) const override;
};

}  // namespace phasecore::graph
