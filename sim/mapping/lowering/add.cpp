// Add: the later of two convolutions adds the earlier value, or the sum is a stage of its own; always, where
// shapes differ.
#include <algorithm>

#include "sim/mapping/lowering/arithmetic.hpp"
#include "sim/mapping/stages/elementwise.hpp"
#include "sim/mapping/stages/mvm.hpp"

namespace phasecore::mapping {
namespace {

/// Is a part of it made by a later stage?
bool comes_after(const StageInput& input, int stage) {
  const std::vector<ChannelPart> parts = parts_of(input);
  return std::any_of(parts.begin(), parts.end(), [&](const ChannelPart& part) { return part.stage > stage; });
}

void lower_add(Lowering& at) {
  if (at.shape(0) != at.shape(1)) return lower_combination(at, Combination::Add);
  const StageInput a = at.input(0), b = at.input(1);
  if (!(raster_of(a.shape) == raster_of(b.shape)))
    return at.refuse("it adds " + graph::to_string(a.shape) + " and " + graph::to_string(b.shape) +
                     " of which one is reshaped");
  for (const int summed : {0, 1}) {
    Stage* into = at.joined(summed);
    if (into == nullptr) continue;
    auto* mvm = into->as<MvmWork>();
    common::ensure(mvm != nullptr, "mapping: what '" + into->name + "' does takes no added value");
    const StageInput added = summed == 0 ? b : a;
    if (comes_after(added, (summed == 0 ? a : b).stage))
      return at.refuse("what it adds to '" + into->name + "' is reshaped after that was computed");
    into->inputs.push_back(added);
    mvm->first_activation = mvm->activation;
    mvm->activation = {};
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
