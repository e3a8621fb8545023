// Add: the later of two convolutions adds the earlier value, or the sum is a stage of its own; always, where
// shapes differ.
#include <algorithm>
#include <cmath>

#include "models/graph/strides.hpp"
#include "sim/mapping/lowering/arithmetic.hpp"
#include "sim/mapping/moved.hpp"
#include "sim/mapping/stages/elementwise.hpp"
#include "sim/mapping/stages/mvm.hpp"
#include "sim/mapping/stages/offset.hpp"

namespace phasecore::mapping {
namespace {

/// A tensor in the shape to which it broadcasts.
std::vector<float> broadcast(const graph::Tensor& tensor, const graph::Shape& shape) {
  std::vector<float> values;
  graph::for_each_offset<1>(shape, {graph::broadcast_strides(tensor.shape, shape)}, {0}, [&](const auto& at) {
    values.push_back(tensor.values[static_cast<std::size_t>(at[0])]);
  });
  return values;
}

/// The network's values in the order of a raster, pixel by pixel.
std::vector<float> in_raster(const std::vector<float>& values, const graph::Shape& shape,
                             const Placed& placed) {
  const Raster raster = raster_of(placed.shape);
  const graph::Places places = placed.by_steps ? places_in(shape) : graph::Places{};
  std::vector<float> ordered;
  for (int pixel = 0; pixel < raster.pixels(); ++pixel)
    for (int channel = 0; channel < raster.channels; ++channel) {
      const std::size_t at = static_cast<std::size_t>(channel) * raster.pixels() + pixel;
      ordered.push_back(values[places.empty() ? at : static_cast<std::size_t>(places[at])]);
    }
  return ordered;
}

/// Is a part of it made by a later stage?
bool comes_after(const StageInput& input, int stage) {
  const std::vector<ChannelPart> parts = parts_of(input);
  return std::any_of(parts.begin(), parts.end(), [&](const ChannelPart& part) { return part.stage > stage; });
}

/// Constants of their own for every value, as a table beside the digital unit.
void add_constant(Lowering& at, int which) {
  const graph::Shape& shape = at.layer().shape;
  if (at.shape(1 - which) != shape)
    return at.refuse("it repeats " + graph::to_string(at.shape(1 - which)) + " for the constant '" +
                     at.network().layers[at.layer().inputs[which]].name + "'");
  if (!has_raster(shape)) return at.refuse("it adds to values of more than three dimensions");
  const std::vector<float>& values = at.constant(which)->values;
  if (!std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); }))
    return at.refuse("it adds a constant that is not finite, which has no code");
  Placed placed = at.placed(1 - which);
  OffsetWork work;
  work.offsets = in_raster(broadcast(*at.constant(which), shape), shape, placed);
  work.moved = std::move(placed.work);
  Stage stage;
  stage.inputs = std::move(placed.inputs);
  stage.out_shape = placed.shape;
  stage.work = std::move(work);
  placed.by_steps ? at.start_sequence(std::move(stage)) : at.start(std::move(stage));
}

void lower_add(Lowering& at) {
  for (const int which : {0, 1})
    if (at.constant(which) != nullptr) return add_constant(at, which);
  if (at.shape(0) != at.shape(1)) return lower_combination(at, Combination::Add);
  const bool by_steps = at.by_steps();
  const StageInput a = by_steps ? *at.sequence(0) : at.input(0), b = by_steps ? *at.sequence(1) : at.input(1);
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
  by_steps ? at.start_sequence(std::move(stage)) : at.start(std::move(stage));
}

}  // namespace

void register_add(Rules& rules) {
  rules.add("Add", lower_add);
}

}  // namespace phasecore::mapping
