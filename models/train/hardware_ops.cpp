#include "models/train/hardware_ops.hpp"

#include <torch/torch.h>

namespace phasecore::train {

using torch::Tensor;

namespace {

struct ThroughCodes : torch::autograd::Function<ThroughCodes> {
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& x, double step,
                        int64_t top) {
    context->save_for_backward({x});
    context->saved_data["bound"] = step * static_cast<double>(top);
    return (x / step).round_().clamp_(-top, top).mul_(step);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const Tensor x = context->get_saved_variables()[0];
    const double bound = context->saved_data["bound"].toDouble();
    return {gradients[0] * (x.abs() <= bound), Tensor(), Tensor()};
  }
};

}  // namespace

Tensor through_codes(const Tensor& x, double step, int top) {
  return ThroughCodes::apply(x, step, static_cast<int64_t>(top));
}

Tensor normal_like(const Tensor& like, double deviation, at::Generator generator) {
  const Tensor flat = torch::empty({like.numel()}).normal_(0, deviation, std::move(generator));
  return flat.as_strided(like.sizes(), like.strides());
}

}  // namespace phasecore::train
