#include "nas/train/hardware_ops.hpp"

#include <ATen/core/Generator.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>

#include "common/random.hpp"

namespace phasecore::train {

using torch::Tensor;

namespace {

/// A tensor whose values lie densely in memory, in any order; `like` sets the order.
Tensor laid_out_like(const Tensor& x, const Tensor& like) {
  if (x.strides() == like.strides() && x.is_non_overlapping_and_dense()) return x;
  Tensor out = torch::empty_like(like);
  out.copy_(x);
  return out;
}

Tensor dense(const Tensor& x) {
  return x.is_non_overlapping_and_dense() ? x : x.contiguous();
}

/// step * clip(rint(x / step)), in one pass over memory.
Tensor coded(const Tensor& x, float step, float top) {
  Tensor out = torch::empty_like(x);
  const float* from = x.data_ptr<float>();
  float* to = out.data_ptr<float>();
  for (std::int64_t i = 0, count = x.numel(); i < count; ++i) {
    float code = std::rint(from[i] / step);
    code = code > -top ? code : -top;
    to[i] = (code < top ? code : top) * step;
  }
  return out;
}

/// The gradient where |x| <= bound, elsewhere 0.
Tensor passed(const Tensor& x, const Tensor& gradient, float bound) {
  Tensor out = torch::empty_like(x);
  const float *value = x.data_ptr<float>(), *above = gradient.data_ptr<float>();
  float* to = out.data_ptr<float>();
  for (std::int64_t i = 0, count = x.numel(); i < count; ++i)
    to[i] = std::abs(value[i]) <= bound ? above[i] : 0.0f;
  return out;
}

struct ThroughCodes : torch::autograd::Function<ThroughCodes> {
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& x, double step,
                        int64_t top) {
    context->save_for_backward({x});
    context->saved_data["bound"] = step * static_cast<double>(top);
    return coded(x, static_cast<float>(step), static_cast<float>(top));
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const Tensor x = context->get_saved_variables()[0];
    const auto bound = static_cast<float>(context->saved_data["bound"].toDouble());
    return {passed(x, laid_out_like(gradients[0], x), bound), Tensor(), Tensor()};
  }
};

struct ThroughLearnedCodes : torch::autograd::Function<ThroughLearnedCodes> {
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& x, const Tensor& step,
                        int64_t top) {
    context->save_for_backward({x, step});
    context->saved_data["top"] = top;
    return coded(x, step.item<float>(), static_cast<float>(top));
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const Tensor& x = saved[0];
    const int64_t top = context->saved_data["top"].toInt();
    const auto step = saved[1].item<float>();
    const Tensor gradient = laid_out_like(gradients[0], x);
    const double scale = 1 / std::sqrt(static_cast<double>(x.numel()) * static_cast<double>(top));
    Tensor by_step =
        torch::full_like(saved[1], step_gradient(x, gradient, step, static_cast<float>(top)) * scale);
    return {passed(x, gradient, step * static_cast<float>(top)), by_step, Tensor()};
  }

 private:
  /// The sum of gradient * d(output)/d(step), which is the rounding error inside and the last code outside.
  static double step_gradient(const Tensor& x, const Tensor& gradient, float step, float top) {
    constexpr std::int64_t part = 1024;  // added in float; parts in double
    const float *value = x.data_ptr<float>(), *above = gradient.data_ptr<float>();
    double sum = 0;
    for (std::int64_t begin = 0, count = x.numel(); begin < count; begin += part) {
      float products[part];
      const std::int64_t length = std::min(part, count - begin);
      for (std::int64_t i = 0; i < length; ++i) {
        const float code = value[begin + i] / step;
        const float inside = std::abs(code) <= top ? code : 0.0f;
        float rounded = std::rint(code);
        rounded = rounded > -top ? rounded : -top;
        products[i] = above[begin + i] * ((rounded < top ? rounded : top) - inside);
      }
      float lanes[16] = {};
      for (std::int64_t i = 0; i < length; ++i) lanes[i % 16] += products[i];
      for (const float lane : lanes) sum += lane;
    }
    return sum;
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
  return ThroughLearnedCodes::apply(dense(x), step, static_cast<int64_t>(top));
}

Tensor through_codes(const Tensor& x, double step, int top) {
  return ThroughCodes::apply(dense(x), step, static_cast<int64_t>(top));
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
