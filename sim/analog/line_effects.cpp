#include "sim/analog/line_effects.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "common/diagnostics.hpp"

namespace phasecore::analog {
namespace {

/// Steps of a conductance code in which weights times the wire's profile are rounded.
constexpr float kFine = 16;

/// One code for each of an array's, made of it and its row.
template <class Of>
PackedConductances packed(const Conductances& codes, const std::vector<float>& from, const RowLayout& layout,
                          const Of& of) {
  Conductances made{codes.rows, codes.cols, std::vector<float>(from.size())};
  const auto cols = static_cast<std::size_t>(codes.cols);
  for (std::size_t i = 0; i < from.size(); ++i) made.values[i] = of(from[i], static_cast<int>(i / cols));
  return PackedConductances(made, layout);
}

/// Beyond the limit.
double over(double current, double limit) {
  return std::max(current - limit, 0.0);
}

/// Vectors of one kind, where the rows' runs stand as in the vectors that they were made of.
class Vectors {
 public:
  template <class Of>
  Vectors(const InputVectors& from, const std::vector<int>& runs, const Of& of) {
    std::size_t stride = 0;
    for (const int run : runs) {
      offsets_.push_back(static_cast<std::ptrdiff_t>(stride));
      stride += static_cast<std::size_t>(run) + run % 2;
    }
    values_.resize(static_cast<std::size_t>(from.count) * stride + kReadable);
    for (int v = 0; v < from.count; ++v) {
      std::int16_t* to = values_.data() + static_cast<std::size_t>(v) * stride;
      addresses_.push_back(to);
      for (std::size_t r = 0; r < runs.size(); ++r)
        std::transform(from.addresses[v] + from.offsets[r], from.addresses[v] + from.offsets[r] + runs[r],
                       to + offsets_[r], of);
    }
  }

  InputVectors inputs() const {
    return {static_cast<int>(addresses_.size()), addresses_.data(), offsets_.data()};
  }
  bool all_zero() const {
    return std::all_of(values_.begin(), values_.end(), [](std::int16_t v) { return v == 0; });
  }

 private:
  std::vector<std::int16_t> values_;
  std::vector<const std::int16_t*> addresses_;
  std::vector<std::ptrdiff_t> offsets_;
};

std::int16_t magnitude(std::int16_t v) {
  return static_cast<std::int16_t>(std::abs(v));
}
std::int16_t positive(std::int16_t v) {
  return std::max<std::int16_t>(v, 0);
}
std::int16_t negative(std::int16_t v) {
  return static_cast<std::int16_t>(-std::min<std::int16_t>(v, 0));
}

std::vector<float> product(const PackedConductances& array, const InputVectors& inputs) {
  std::vector<float> sums(static_cast<std::size_t>(inputs.count) * array.stride());
  array.multiply(inputs, sums.data());
  return sums;
}

}  // namespace

LineEffects line_effects(const config::Chip& chip, const config::Device& device) {
  const config::Crossbar& c = chip.crossbar;
  LineEffects effects;
  effects.wire = c.wire_ohm * device.g_max_us * 1e-6;
  if (c.line_limit) effects.limit = chip.adc.saturation_ua / (c.read_voltage_v * device.g_max_us);
  effects.one_phase = c.read_mode == config::ReadMode::OnePhase;
  effects.polarity_error = c.polarity_error;
  return effects;
}

double delivered(const LineEffects& effects, double limit, double net, const LineCurrents& c) {
  if (effects.one_phase) {
    const double forward = c.positive + c.negative_of_minus, backward = c.negative + c.positive_of_minus;
    const double lost = effects.polarity_error * backward;
    if (!(limit > 0)) return net + lost;
    return net + lost - over(forward, limit) + over(backward - lost, limit);
  }
  if (!(limit > 0)) return net;
  return net - over(c.positive, limit) + over(c.negative, limit) + over(c.positive_of_minus, limit) -
         over(c.negative_of_minus, limit);
}

double wire_profile(int row, int rows) {
  const double left = 1.0 - static_cast<double>(row) / rows;
  return 1.0 - left * left;
}

double lost_share(const LineEffects& effects, int rows, double current) {
  const double a = rows * effects.wire * current;
  return a * (a * (0.05 * a - 0.2) + 0.5);
}

LineCodes::LineCodes(const Conductances& codes, const LineEffects& effects, double full,
                     const RowLayout& layout)
    : effects_(effects), full_(full), rows_(codes.rows) {
  common::ensure(full > 0, "LineCodes: a device at full input has no current");
  const auto same = [](float code, int) { return code; };
  if (effects.separates()) {
    common::ensure(codes.negative.size() == codes.values.size(), "LineCodes: negative devices are not told");
    merged_.push_back(packed(codes, codes.values, layout, same));
    negative_.push_back(packed(codes, codes.negative, layout, same));
  }
  if (effects.wire > 0) {
    magnitude_.push_back(
        packed(codes, codes.values, layout, [](float code, int) { return std::fabs(code); }));
    shaped_.push_back(packed(codes, codes.values, layout, [&](float code, int row) {
      return std::rint(static_cast<float>(code * wire_profile(row, codes.rows)) * kFine);
    }));
  }
}

void LineCodes::apply(const InputVectors& inputs, std::size_t stride, float* sums) const {
  if (!negative_.empty()) separate(inputs, stride, sums);
  if (!magnitude_.empty()) lose(inputs, stride, sums);
}

/// Limit and polarity error.
void LineCodes::separate(const InputVectors& inputs, std::size_t stride, float* sums) const {
  const std::vector<int>& runs = merged_.front().runs();
  const Vectors plus(inputs, runs, positive), minus(inputs, runs, negative);
  const std::vector<float> negatives = product(negative_.front(), plus.inputs());
  std::vector<float> net_of_minus, negatives_of_minus;
  if (!minus.all_zero()) {
    net_of_minus = product(merged_.front(), minus.inputs());
    negatives_of_minus = product(negative_.front(), minus.inputs());
  }
  const double limit = effects_.limit * full_;
  const std::size_t cols = static_cast<std::size_t>(merged_.front().cols());
  for (int v = 0; v < inputs.count; ++v)
    for (std::size_t j = 0; j < cols; ++j) {
      const std::size_t i = static_cast<std::size_t>(v) * stride + j;
      LineCurrents c;
      c.negative = negatives[i];
      const double of_minus = net_of_minus.empty() ? 0 : net_of_minus[i];
      c.positive = sums[i] + of_minus + c.negative;
      c.negative_of_minus = negatives_of_minus.empty() ? 0 : negatives_of_minus[i];
      c.positive_of_minus = of_minus + c.negative_of_minus;
      sums[i] = static_cast<float>(delivered(effects_, limit, sums[i], c));
    }
}

/// IR drop.
void LineCodes::lose(const InputVectors& inputs, std::size_t stride, float* sums) const {
  const Vectors sizes(inputs, magnitude_.front().runs(), magnitude);
  const std::vector<float> current = product(magnitude_.front(), sizes.inputs());
  const std::vector<float> shaped = product(shaped_.front(), inputs);
  const std::size_t cols = static_cast<std::size_t>(magnitude_.front().cols());
  for (int v = 0; v < inputs.count; ++v)
    for (std::size_t j = 0; j < cols; ++j) {
      const std::size_t i = static_cast<std::size_t>(v) * stride + j;
      const double lost = lost_share(effects_, rows_, current[i] / full_) * shaped[i] / kFine;
      sums[i] = static_cast<float>(sums[i] - lost);
    }
}

}  // namespace phasecore::analog
