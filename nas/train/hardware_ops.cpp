#include "nas/train/hardware_ops.hpp"

#include <ATen/core/Generator.h>
#include <torch/torch.h>

#include <cmath>

#include "common/random.hpp"

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

struct ThroughLearnedCodes : torch::autograd::Function<ThroughLearnedCodes> {
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& x, const Tensor& step,
                        int64_t top) {
    context->save_for_backward({x, step});
    context->saved_data["top"] = top;
    return (x / step).round_().clamp_(-top, top).mul_(step);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const Tensor codes = saved[0] / saved[1];
    const int64_t top = context->saved_data["top"].toInt();
    const Tensor inside = codes.abs() <= static_cast<double>(top);
    // d(output)/d(step): the rounding error inside, the last code outside.
    const Tensor slope = codes.round().clamp_(-top, top).sub_(codes * inside);
    const double scale = 1 / std::sqrt(static_cast<double>(codes.numel()) * static_cast<double>(top));
    return {gradients[0] * inside, (gradients[0] * slope).sum().mul_(scale), Tensor()};
  }
};

/// A key that depends on the generator's state, which moves on.
common::RandomKey next_key(at::Generator& generator) {
  common::RandomKey key;
  key.seed = at::check_generator<at::CPUGeneratorImpl>(generator)->random64();
  key.purpose = common::Purpose::Training;
  return key;
}

}  // namespace

Tensor through_learned_codes(const Tensor& x, const Tensor& step, int top) {
  return ThroughLearnedCodes::apply(x, step, static_cast<int64_t>(top));
}

Tensor through_codes(const Tensor& x, double step, int top) {
  return ThroughCodes::apply(x, step, static_cast<int64_t>(top));
}

// torch's own normal_() is ten times slower than these keyed draws (and on channels-last memory slower
// still).
Tensor normal_like(const Tensor& like, double deviation, at::Generator generator) {
  const Tensor flat = torch::empty({like.numel()});
  common::fill_normal(next_key(generator), 0, 0, 0, static_cast<std::size_t>(flat.numel()),
                      flat.data_ptr<float>());
  flat.mul_(deviation);
  return flat.as_strided(like.sizes(), like.strides());
}

Tensor programming_errors(const config::Device& device, const Tensor& weight, const Tensor& scale,
                          double factor, at::Generator generator) {
  torch::NoGradGuard no_grad;
  const Tensor x = weight / scale;  // -1..1, of g_max
  const auto left = [&](const Tensor& target) {
    const auto& c = device.programming_sigma_us;
    Tensor sigma = torch::zeros_like(target);
    for (std::size_t k = c.size(); k-- > 0;) sigma = sigma * target + c[k];
    sigma.div_(device.reference_g_max_us);  // in units of g_max
    return (target + sigma * normal_like(target, 1, generator)).clamp_min_(0);
  };
  return (left(x.clamp_min(0)) - left((-x).clamp_min(0)) - x) * scale * factor;
}

Tensor keep_mask(const Tensor& like, double share, at::Generator generator) {
  const Tensor flat = torch::empty({like.numel()});
  common::fill_uniform(next_key(generator), 0, 0, 0, static_cast<std::size_t>(flat.numel()),
                       flat.data_ptr<float>());
  return (flat >= share).to(torch::kFloat32).as_strided(like.sizes(), like.strides());
}

}  // namespace phasecore::train
