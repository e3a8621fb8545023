// Normalisations and Softmax: a stage that sees a pixel at a time, or the whole image.
#include "sim/mapping/stages/norm.hpp"

#include "models/graph/ops/normalization.hpp"
#include "models/graph/ops/softmax.hpp"
#include "sim/mapping/lowering.hpp"

namespace phasecore::mapping {
namespace {

void lower_norm(Lowering& at, NormWork work) {
  if (!at.in_place(0)) return;
  work.op = at.layer().op().clone();
  Stage stage;
  stage.inputs = {at.input(0)};
  stage.out_shape = stage.inputs[0].shape;
  stage.work = std::move(work);
  at.start(std::move(stage));
}

bool is_one_pixel(const Lowering& at) {
  return graph::volume(at.shape(0)) == at.shape(0)[0];
}

/// Along the channels of each pixel.
void lower_over_channels(Lowering& at, int axis, bool exponential) {
  if (axis != 0) return at.refuse("the chip computes it along the channels of each pixel only");
  NormWork work;
  work.exponential = exponential;
  lower_norm(at, std::move(work));
}

/// Each step of a sequence.
void lower_steps(Lowering& at, graph::LayerNorm norm) {
  const auto sequence = at.sequence(0);
  if (!sequence) return at.refuse("the steps of its sequence do not come one after the other");
  norm.axis = 0;
  NormWork work;
  work.op = norm.clone();
  Stage stage;
  stage.inputs = {*sequence};
  stage.out_shape = sequence->shape;
  stage.work = std::move(work);
  at.start_sequence(std::move(stage));
}

void lower_layer_norm(Lowering& at) {
  if (at.layer().is<graph::ChannelNorm>()) return lower_over_channels(at, 0, false);
  const auto& norm = *at.layer().as<graph::LayerNorm>();
  if (at.shape(0).size() == 2 && norm.axis == 1) return lower_steps(at, norm);
  if (norm.axis != 0)
    return at.refuse(
        "the chip normalises all values of an image or vector, or the channels of each pixel or step, only");
  NormWork work;
  work.whole = at.shape(0).size() > 1;
  lower_norm(at, std::move(work));
}

/// Of an image of one pixel too, whose operator is that of a vector.
void lower_group_norm(Lowering& at) {
  NormWork work;
  work.whole = !is_one_pixel(at);
  lower_norm(at, std::move(work));
}

}  // namespace

void register_norm(Rules& rules) {
  rules.add("LayerNormalization", lower_layer_norm);
  rules.add("GroupNormalization", lower_group_norm);
  rules.add("InstanceNormalization", lower_group_norm);
  rules.add("LRN", [](Lowering& at) { lower_over_channels(at, 0, true); });
  rules.add("Softmax",
            [](Lowering& at) { lower_over_channels(at, at.layer().as<graph::Softmax>()->axis, true); });
  rules.add("LogSoftmax",
            [](Lowering& at) { lower_over_channels(at, at.layer().as<graph::LogSoftmax>()->axis, true); });
}

}  // namespace phasecore::mapping
