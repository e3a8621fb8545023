// Add: the later of two convolutions adds the earlier value, or the sum is a stage of its own.
#include <algorithm>

#include "sim/mapping/lowering.hpp"
#include "sim/mapping/stages/elementwise.hpp"
#include "sim/mapping/stages/mvm.hpp"

namespace phasecore::mapping {
namespace {

/// The open stage of input `which` if its digital units can still add another value to its sums.
Stage* can_add(Lowering& at, int which) {
  Stage* stage = at.open(which);
  const MvmWork* mvm = stage == nullptr ? nullptr : stage->as<MvmWork>();
  return mvm != nullptr && stage->inputs.size() == 1 && !mvm->pool ? stage : nullptr;
}

void lower_add(Lowering& at) {
  const StageInput a = at.input(0), b = at.input(1);
  if (!(raster_of(a.shape) == raster_of(b.shape)))
    return at.refuse("it adds " + graph::to_string(a.shape) + " and " + graph::to_string(b.shape) +
                     " of which one is reshaped; only flattening before a Gemm is supported");
  const int later = a.stage > b.stage ? 0 : 1;
  Stage* into = a.stage != b.stage && !at.host_between() ? can_add(at, later) : nullptr;
  if (into != nullptr) {
    auto& mvm = *into->as<MvmWork>();
    into->inputs.push_back(at.input(1 - later));
    mvm.first_activation = mvm.activation;
    mvm.activation = {};
    return at.extend(*into);
  }
  Stage stage;
  stage.inputs = {a, b};
  stage.out_shape = a.shape;
  stage.work = ElementwiseWork{};
  at.start(std::move(stage));
}

}  // namespace

void register_add(Rules& rules) {
  rules.add("Add", lower_add);
}

}  // namespace phasecore::mapping
