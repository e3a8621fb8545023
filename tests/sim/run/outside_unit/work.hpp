// An operator whose work is done by the halving unit, and its lowering rule.
#pragma once

#include <algorithm>

#include "sim/mapping/mapping.hpp"
#include "tests/sim/run/outside_unit/component.hpp"

namespace phasecore::test {

class Halve final : public graph::OperatorOf<Halve> {
 public:
  std::string name() const override { return "Halve"; }
  graph::Shape infer_shape(const std::vector<graph::Source>& sources,
                           graph::Findings& /*findings*/) const override {
    return *sources[0].shape;
  }
  void run(const std::vector<graph::Sample>& inputs, const graph::Shape& shape, float* out,
           graph::Scratch& /*scratch*/) const override {
    std::transform(inputs[0].values, inputs[0].values + graph::volume(shape), out,
                   [](float value) { return value / 2; });
  }
};

struct HalveWork final : mapping::StageWork {
  int firings(const mapping::Stage& stage) const override {
    return mapping::raster_of(stage.out_shape).pixels();
  }
  mapping::Reads reads(const mapping::Stage& stage, int /*input*/) const override {
    return mapping::pixel_reads(firings(stage));
  }
  mapping::DigitalDemand demand(const mapping::Stage& stage) const override {
    mapping::DigitalDemand demand;
    demand.loaded_bytes = mapping::raster_of(stage.out_shape).channels;
    return demand;
  }
  std::vector<mapping::UnitWork> further_units(const mapping::Stage& stage) const override {
    return {halving_unit(mapping::raster_of(stage.out_shape).channels)};
  }
};

inline void lower_halve(mapping::Lowering& at) {
  if (!at.in_place(0)) return;
  mapping::Stage stage;
  stage.inputs.push_back(at.input(0));
  stage.out_shape = at.layer().shape;
  stage.work = HalveWork{};
  at.start(std::move(stage));
}

}  // namespace phasecore::test
