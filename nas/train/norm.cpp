#include "nas/train/norm.hpp"

#include <torch/torch.h>

#include <algorithm>
#include <cstring>
#include <vector>

namespace phasecore::train {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

namespace {

/// Eight neighbouring channels. Every kernel below is written for any V: Lanes, or float for what is left
/// over.
typedef float Lanes __attribute__((vector_size(32)));

// Copies, for the floats of a channel lie at any multiple of four bytes: an attribute that says so would be
// lost where the type becomes a template's argument.
template <class V>
V load(const float* from) {
  V values;
  std::memcpy(&values, from, sizeof values);
  return values;
}

template <class V>
void store(float* to, V values) {
  std::memcpy(to, &values, sizeof values);
}

/// A tensor as rows of channels that lie side by side.
struct Rows {
  std::int64_t rows = 0, channels = 0;
  /// Rows that fit in the first cache, so that channels can be taken one group after the other.
  std::int64_t tile() const { return std::clamp<std::int64_t>(4096 / channels, 8, 256); }
};

Tensor dense(const Tensor& x) {
  return x.dim() == 4 ? x.contiguous(torch::MemoryFormat::ChannelsLast) : x.contiguous();
}

Rows rows_of(const Tensor& x) {
  const std::int64_t channels = x.size(1);
  return {x.numel() / channels, channels};
}

/// Calls body(V{}, first row, end row, first channel) for tile after tile, in each for all groups of
/// channels.
template <class Body>
void each_block(const Rows& shape, const Body& body) {
  constexpr std::int64_t width = sizeof(Lanes) / sizeof(float);
  for (std::int64_t begin = 0; begin < shape.rows; begin += shape.tile()) {
    const std::int64_t end = std::min(shape.rows, begin + shape.tile());
    std::int64_t c = 0;
    for (; c + width <= shape.channels; c += width) body(Lanes{}, begin, end, c);
    for (; c < shape.channels; ++c) body(float{}, begin, end, c);
  }
}

/// Sums by channel: rows of one tile are added in float, tiles in double.
class Sums {
 public:
  explicit Sums(std::int64_t channels) : first_(channels, 0.0), second_(channels, 0.0) {}

  template <class V>
  void add(std::int64_t c, V first, V second) {
    float one[sizeof(V) / sizeof(float)], two[sizeof(V) / sizeof(float)];
    store(one, first);
    store(two, second);
    for (std::size_t i = 0; i < sizeof(V) / sizeof(float); ++i) {
      first_[c + i] += one[i];
      second_[c + i] += two[i];
    }
  }
  double first(std::int64_t c) const { return first_[c]; }
  double second(std::int64_t c) const { return second_[c]; }

 private:
  std::vector<double> first_, second_;
};

const float* data(const Tensor& x) {
  return x.data_ptr<float>();
}

/// The step from x to the value before the limits: x * factor + term, by channel.
struct Line {
  Tensor factor, term;
};

Line line_of(const Tensor& scale, const Tensor& offset, const NormMoments& shown) {
  const Tensor factor = scale * shown.inverse_deviation;
  return {factor, offset - shown.mean * factor};
}

Tensor follow(const Tensor& x, const Line& line, Limits limits) {
  const Rows shape = rows_of(x);
  Tensor out = torch::empty_like(x);
  const float *from = data(x), *factor = data(line.factor), *term = data(line.term);
  float* to = out.data_ptr<float>();
  each_block(shape, [&](auto zero, std::int64_t begin, std::int64_t end, std::int64_t c) {
    using V = decltype(zero);
    const V a = load<V>(factor + c), b = load<V>(term + c), low = zero + limits.low,
            high = zero + limits.high;
    for (std::int64_t r = begin; r < end; ++r) {
      V y = load<V>(from + r * shape.channels + c) * a + b;
      y = y > low ? y : low;
      y = y < high ? y : high;
      store<V>(to + r * shape.channels + c, y);
    }
  });
  return out;
}

/// What of a gradient passes the limits, where x became y = x * a + b.
template <class V>
V passed(V x, V gradient, V a, V b, V low, V high) {
  const V y = x * a + b;
  V g = y > low ? gradient : V{};
  g = y < high ? g : V{};
  return g;
}

/// By channel, the sums of the gradient that passes the limits, and of its products with x - mean.
Sums gradient_sums(const Tensor& x, const Tensor& gradient, const Line& line, const Tensor& mean,
                   Limits limits) {
  const Rows shape = rows_of(x);
  Sums sums(shape.channels);
  const float *from = data(x), *slope = data(gradient), *factor = data(line.factor), *term = data(line.term),
              *centre = data(mean);
  each_block(shape, [&](auto zero, std::int64_t begin, std::int64_t end, std::int64_t c) {
    using V = decltype(zero);
    const V a = load<V>(factor + c), b = load<V>(term + c), low = zero + limits.low,
            high = zero + limits.high, middle = load<V>(centre + c);
    V whole{}, products{};
    for (std::int64_t r = begin; r < end; ++r) {
      const V value = load<V>(from + r * shape.channels + c);
      const V g = passed<V>(value, load<V>(slope + r * shape.channels + c), a, b, low, high);
      whole += g;
      products += g * (value - middle);
    }
    sums.add(c, whole, products);
  });
  return sums;
}

struct Normalise : torch::autograd::Function<Normalise> {
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& scale, const Tensor& offset,
                        const Tensor& mean, const Tensor& inverse_deviation, const Tensor& shown_mean,
                        const Tensor& shown_inverse_deviation, double low, double high) {
    const Line line = line_of(scale, offset, {shown_mean, shown_inverse_deviation});
    context->save_for_backward(
        {x, mean, inverse_deviation, shown_mean, shown_inverse_deviation, line.factor, line.term});
    context->saved_data["low"] = low;
    context->saved_data["high"] = high;
    return follow(x, line, {static_cast<float>(low), static_cast<float>(high)});
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const Tensor &x = saved[0], &mean = saved[1];
    const Line line{saved[5], saved[6]};
    const Limits limits{static_cast<float>(context->saved_data["low"].toDouble()),
                        static_cast<float>(context->saved_data["high"].toDouble())};
    const Tensor gradient = dense(gradients[0]);
    const Rows shape = rows_of(x);
    const Sums sums = gradient_sums(x, gradient, line, mean, limits);

    const float *inverse = data(saved[2]), *shown_mean = data(saved[3]), *shown_inverse = data(saved[4]),
                *factor = data(line.factor);
    Tensor by_scale = torch::empty_like(mean), by_offset = torch::empty_like(mean);
    std::vector<float> slope(shape.channels), shift(shape.channels);
    for (std::int64_t c = 0; c < shape.channels; ++c) {
      const double centre = data(mean)[c];
      by_offset.data_ptr<float>()[c] = static_cast<float>(sums.first(c));
      by_scale.data_ptr<float>()[c] =
          static_cast<float>(shown_inverse[c] * (sums.second(c) + (centre - shown_mean[c]) * sums.first(c)));
      const auto count = static_cast<double>(shape.rows);
      const double k = -factor[c] * static_cast<double>(inverse[c]) * inverse[c] * sums.second(c) / count;
      slope[c] = static_cast<float>(k);
      shift[c] = static_cast<float>(-factor[c] * sums.first(c) / count - k * centre);
    }
    Tensor by_x;
    if (context->needs_input_grad(0)) by_x = input_gradient(x, gradient, line, limits, slope, shift);
    return {by_x, by_scale, by_offset, {}, {}, {}, {}, {}, {}};
  }

 private:
  /// factor * (gradient that passes the limits) + x * slope + shift.
  static Tensor input_gradient(const Tensor& x, const Tensor& gradient, const Line& line, Limits limits,
                               const std::vector<float>& slope, const std::vector<float>& shift) {
    const Rows shape = rows_of(x);
    Tensor out = torch::empty_like(x);
    const float *from = data(x), *above = data(gradient), *factor = data(line.factor),
                *term = data(line.term);
    float* to = out.data_ptr<float>();
    each_block(shape, [&](auto zero, std::int64_t begin, std::int64_t end, std::int64_t c) {
      using V = decltype(zero);
      const V a = load<V>(factor + c), b = load<V>(term + c), low = zero + limits.low,
              high = zero + limits.high, k = load<V>(&slope[c]), s = load<V>(&shift[c]);
      for (std::int64_t r = begin; r < end; ++r) {
        const V value = load<V>(from + r * shape.channels + c);
        const V g = passed<V>(value, load<V>(above + r * shape.channels + c), a, b, low, high);
        store<V>(to + r * shape.channels + c, a * g + (value * k + s));
      }
    });
    return out;
  }
};

struct LimitedSum : torch::autograd::Function<LimitedSum> {
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& y, double low, double high) {
    Tensor out = torch::empty_like(x);
    const float *a = data(x), *b = data(y);
    float* to = out.data_ptr<float>();
    const auto least = static_cast<float>(low), most = static_cast<float>(high);
    for (std::int64_t i = 0, count = x.numel(); i < count; ++i) {
      float sum = a[i] + b[i];
      sum = sum > least ? sum : least;
      to[i] = sum < most ? sum : most;
    }
    context->save_for_backward({out});
    context->saved_data["low"] = low;
    context->saved_data["high"] = high;
    return out;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const Tensor sum = context->get_saved_variables()[0];
    const Tensor gradient = dense(gradients[0]);
    Tensor out = torch::empty_like(sum);
    const float *value = data(sum), *above = data(gradient);
    float* to = out.data_ptr<float>();
    const auto least = static_cast<float>(context->saved_data["low"].toDouble());
    const auto most = static_cast<float>(context->saved_data["high"].toDouble());
    for (std::int64_t i = 0, count = sum.numel(); i < count; ++i) {
      const float g = value[i] > least ? above[i] : 0.0f;
      to[i] = value[i] < most ? g : 0.0f;
    }
    return {out, out, {}, {}};
  }
};

}  // namespace

NormMoments BatchMoments::to_normalise(double epsilon) const {
  torch::NoGradGuard no_grad;
  return {mean, (variance + epsilon).rsqrt()};
}

BatchMoments batch_moments(const Tensor& given) {
  torch::NoGradGuard no_grad;
  const Tensor x = dense(given);
  const Rows shape = rows_of(x);
  Sums sums(shape.channels);
  const float* from = data(x);
  // Sums of squares of differences from the first row: those of the values themselves would cancel where the
  // mean is large.
  each_block(shape, [&](auto zero, std::int64_t begin, std::int64_t end, std::int64_t c) {
    using V = decltype(zero);
    const V reference = load<V>(from + c);
    V whole{}, squares{};
    for (std::int64_t r = begin; r < end; ++r) {
      const V difference = load<V>(from + r * shape.channels + c) - reference;
      whole += difference;
      squares += difference * difference;
    }
    sums.add(c, whole, squares);
  });
  BatchMoments moments{torch::empty({shape.channels}), torch::empty({shape.channels})};
  for (std::int64_t c = 0; c < shape.channels; ++c) {
    const auto count = static_cast<double>(shape.rows);
    const double shift = sums.first(c) / count;
    moments.mean.data_ptr<float>()[c] = static_cast<float>(from[c] + shift);
    moments.variance.data_ptr<float>()[c] =
        static_cast<float>(std::max(0.0, sums.second(c) / count - shift * shift));
  }
  return moments;
}

Tensor normalised(const Tensor& x, const Tensor& scale, const Tensor& offset, const NormMoments& own,
                  const NormMoments& shown, Limits limits) {
  return Normalise::apply(dense(x), scale, offset, own.mean, own.inverse_deviation, shown.mean,
                          shown.inverse_deviation, static_cast<double>(limits.low),
                          static_cast<double>(limits.high));
}

Tensor limited_sum(const Tensor& x, const Tensor& y, Limits limits) {
  return LimitedSum::apply(dense(x), dense(y), static_cast<double>(limits.low),
                           static_cast<double>(limits.high));
}

}  // namespace phasecore::train
