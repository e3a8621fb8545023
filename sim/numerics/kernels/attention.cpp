// Attention, query by query: integer products of codes, a softmax of FP16 scores, and values weighed by codes
// of its exponentials.
#include "sim/mapping/stages/attention.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "sim/numerics/activation_unit.hpp"
#include "sim/numerics/epilogue.hpp"
#include "sim/numerics/health.hpp"
#include "sim/numerics/pixelwise_kernel.hpp"

namespace phasecore::numerics {
namespace {

constexpr float kLargest = 65504;  ///< finite number of FP16

/// exp(x) of FP16 numbers x <= 0 as codes, by a table of their bits.
class Exponentials {
 public:
  explicit Exponentials(int bits) {
    const int largest = (1 << bits) - 1;
    for (std::size_t i = 0; i < codes_.size(); ++i) {
      const float x = fp16_value(static_cast<std::uint16_t>(i));
      // Rounded to even where two codes are as near.
      codes_[i] = x <= 0
                      ? static_cast<std::uint8_t>(std::nearbyint(largest * std::exp(static_cast<double>(x))))
                      : std::uint8_t{0};
    }
  }

  int code(float x) const { return codes_[fp16_bits(x)]; }

 private:
  std::array<std::uint8_t, 1 << 16> codes_{};
};

/// A sum of products of codes; fewer than 2^17 of them fit.
std::int32_t product(const std::int8_t* a, const std::int8_t* b, int count) {
  std::int32_t sum = 0;
  for (int i = 0; i < count; ++i) sum += static_cast<std::int32_t>(a[i]) * b[i];
  return sum;
}

class AttentionKernel final : public PixelwiseKernel {
 public:
  explicit AttentionKernel(const StageContext& context)
      : PixelwiseKernel(context),
        work_(*stage().as<mapping::AttentionWork>()),
        activation_(work_.activation, channels()),
        exponentials_(context.chip.attention->weight_bits),
        heads_(work_.heads(stage())),
        keys_(work_.keys(stage())),
        score_step_(input_step(0) * input_step(1) * work_.scale) {}

 private:
  void compute(const Image& image, int query, float* values, Workspace& work) const override {
    for (int head = 0; head < heads_; ++head) {
      score(image, query, head, work);
      weigh(image, head, values + static_cast<std::ptrdiff_t>(head) * work_.value_size, work);
    }
    const auto count = static_cast<std::size_t>(channels());
    round_fp16(count, values);
    activation_.run(0, count, values);
    if (work.health != nullptr) work.health->see_values(count, values);
  }

  /// work.floats: FP16 scores of a query and all keys.
  void score(const Image& image, int query, int head, Workspace& work) const {
    const int size = work_.size, shared = heads_ / work_.queries_per_key;
    const std::int8_t* const q =
        codes(image, 0) + (static_cast<std::ptrdiff_t>(query) * heads_ + head) * size;
    const std::int8_t* k = codes(image, 1) + static_cast<std::ptrdiff_t>(head / work_.queries_per_key) * size;
    work.floats.resize(static_cast<std::size_t>(keys_));
    for (float& score : work.floats) {
      score = static_cast<float>(product(q, k, size)) * score_step_;
      k += static_cast<std::ptrdiff_t>(shared) * size;
    }
    round_fp16(work.floats.size(), work.floats.data());
    if (work.health != nullptr) work.health->see_values(work.floats.size(), work.floats.data());
    for (float& score : work.floats) score = std::clamp(score, -kLargest, kLargest);
  }

  /// Values by the exponentials of their scores, and the sum divided by that of the exponentials.
  void weigh(const Image& image, int head, float* values, Workspace& work) const {
    const int size = work_.value_size, shared = heads_ / work_.queries_per_key;
    std::vector<float>& scores = work.floats;
    const float largest = *std::max_element(scores.begin(), scores.end());
    for (float& score : scores) score -= largest;
    round_fp16(scores.size(), scores.data());
    work.positions.assign(static_cast<std::size_t>(size), 0);
    std::int32_t all = 0;
    const std::int8_t* v = codes(image, 2) + static_cast<std::ptrdiff_t>(head / work_.queries_per_key) * size;
    for (const float score : scores) {
      const int weight = exponentials_.code(score);
      all += weight;
      for (int i = 0; i < size; ++i) work.positions[i] += weight * v[i];
      v += static_cast<std::ptrdiff_t>(shared) * size;
    }
    for (int i = 0; i < size; ++i)
      values[i] = static_cast<float>(work.positions[i]) / static_cast<float>(all) * input_step(2);
  }

  const mapping::AttentionWork& work_;
  ActivationUnit activation_;
  const Exponentials exponentials_;
  const int heads_, keys_;
  const float score_step_;
};

}  // namespace

void register_attention(Kernels& kernels) {
  kernels.add<mapping::AttentionWork, AttentionKernel>();
}

}  // namespace phasecore::numerics
