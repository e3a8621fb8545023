#include "models/graph/ops/batch_norm.hpp"

#include <torch/torch.h>

#include <algorithm>

#include "common/diagnostics.hpp"
#include "nas/train/operators.hpp"

namespace phasecore::train {
namespace {

using torch::Tensor;

/// The running statistics follow the batch's; the variance as that of a sample.
void track(const LayerPass& at, const BatchMoments& seen, std::int64_t values) {
  torch::NoGradGuard no_grad;
  constexpr double momentum = 0.1;
  const double sample =
      static_cast<double>(values) / static_cast<double>(std::max<std::int64_t>(values - 1, 1));
  at.whole("mean").mul_(1 - momentum).add_(seen.mean, momentum);
  at.whole("variance").mul_(1 - momentum).add_(seen.variance, momentum * sample);
}

Tensor batch_norm(const graph::BatchNorm& norm, const LayerPass& at) {
  const Tensor& x = at.inputs[0];
  const Tensor scale = at.parameter("scale"), offset = at.parameter("offset");
  const bool whole = at.whole("scale").size(0) == scale.size(0);
  const Limits limits = at.limits;
  if (!at.pass.training) {
    common::ensure(whole, "a part of a batch norm has no running statistics");
    Tensor out = torch::batch_norm(x, scale, offset, at.whole("mean"), at.whole("variance"),
                                   /*training=*/false, /*momentum=*/0, norm.epsilon, /*cudnn_enabled=*/false);
    return limits.none() ? out : out.clamp_(limits.low, limits.high);
  }
  const BatchMoments seen = batch_moments(x);
  if (whole && at.pass.track_statistics) track(at, seen, x.numel() / x.size(1));
  const NormMoments own = seen.to_normalise(norm.epsilon);
  if (at.pass.measured != nullptr) (*at.pass.measured)[at.layer.name] = own;
  const NormMoments& shown = at.pass.statistics == nullptr ? own : at.pass.statistics->at(at.layer.name);
  return normalised(x, scale, offset, own, shown, limits);
}

}  // namespace

void register_batch_norm(Operators& operators) {
  operators.add_limiting<graph::BatchNorm>(batch_norm);
}

}  // namespace phasecore::train
