// The stages once more, one value at a time, straight from the definitions in docs/model/accuracy.md: plain
// loops, C-order activations, rows in the order of the weight matrix. Nothing of the executor is used.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "common/random.hpp"
#include "models/graph/fold.hpp"
#include "sim/numerics/executor.hpp"
#include "tests/sim/numerics/toy.hpp"

namespace phasecore::numerics {
namespace {

constexpr int kCodeMax = 127;

struct Setting {
  config::Chip chip;
  config::Device device;
  mapping::Mapping map;
  Calibration calibration;
  std::uint64_t seed = 0;
  std::uint32_t instance = 0;
  double time_s = -1;  ///< < 0: ideal
};

float clamp_to(const mapping::Activation& a, float v) {
  if (a.kind == mapping::ActivationKind::Relu) return std::max(v, 0.0f);
  if (a.kind == mapping::ActivationKind::Clip) return std::min(std::max(v, a.low), a.high);
  return v;
}

/// Value of row r = (c, ky, kx) of a window; padding is code 0.
std::int8_t row_value(const mapping::Stage& stage, const std::vector<std::int8_t>& input, int r,
                      int position) {
  const mapping::MvmWork& mvm = *stage.as<mapping::MvmWork>();
  if (!mvm.window) return input[r];
  const graph::Window& w = *mvm.window;
  const graph::Shape& in = stage.inputs[0].shape;
  const int width = mvm.plane[2], taps = w.kernel_h * w.kernel_w;
  const int y = position / width * w.stride_h - w.pad_top + r % taps / w.kernel_w * w.dilation_h;
  const int x = position % width * w.stride_w - w.pad_left + r % w.kernel_w * w.dilation_w;
  if (y < 0 || x < 0 || y >= in[1] || x >= in[2]) return 0;
  return input[(r / taps * in[1] + y) * in[2] + x];
}

/// One sub-matrix as the chip holds it, in logical order.
struct Core {
  analog::Conductances codes;
  analog::Affine affine;
};

Core make_core(const Setting& s, const mapping::Stage& stage, const mapping::SubMatrix& m, bool last,
               float input_step) {
  const mapping::MvmWork& mvm = *stage.as<mapping::MvmWork>();
  const int rows = m.row_end - m.row_begin, columns = m.col_end - m.col_begin;
  std::vector<float> w;
  for (int r = m.row_begin; r < m.row_end; ++r)
    for (int j = m.col_begin; j < m.col_end; ++j) w.push_back(mvm.weights[r * mvm.cols + j]);
  const auto scales =
      analog::weight_scales(s.chip.numbers.weight_scaling, rows, columns, w.data(),
                            analog::largest_magnitude(mvm.weights.size(), mvm.weights.data()));
  const int levels = s.chip.numbers.conductance_levels;
  Core core;
  if (s.time_s < 0)
    core.codes = analog::ideal_conductances(rows, columns, w.data(), scales, levels);
  else
    core.codes =
        analog::ProgrammedArray(
            s.device, {s.seed, s.instance, common::stable_hash(stage.name), 0, m.row_begin, m.col_begin},
            rows, columns, w.data(), scales)
            .read(s.time_s, levels);
  const double full_scale = s.chip.adc.saturation_ua / (s.chip.crossbar.read_voltage_v * s.device.g_max_us);
  for (int j = 0; j < columns; ++j) {
    core.affine.scale.push_back(
        static_cast<float>(full_scale / ((1 << mvm.adc_bits) - 1) * kCodeMax * input_step * scales[j]));
    core.affine.offset.push_back(last ? mvm.bias[m.col_begin + j] : 0.0f);
  }
  return core;
}

/// Sums W x + b of one image, C order.
std::vector<float> sums(const Setting& s, const mapping::Stage& stage, const std::vector<float>& partial_step,
                        float input_step, int image, const std::vector<std::int8_t>& input) {
  const mapping::MvmWork& mvm = *stage.as<mapping::MvmWork>();
  std::vector<float> out(static_cast<std::size_t>(mvm.cols) * mvm.positions());
  analog::Converter converter = analog::make_converter(s.chip, s.device, mvm.adc_bits);
  if (s.time_s < 0) converter.output_noise = 0;
  const auto& all = mvm.submatrices;
  for (std::size_t i = 0; i < all.size(); ++i) {
    // Each chain from its first chain position on, one position at a time.
    if (all[i].chain_position != 0) continue;
    for (int position = 0; position < mvm.positions(); ++position) {
      std::vector<std::int8_t> received;
      for (std::size_t h = i; h < all.size() && (h == i || all[h].chain_position > 0); ++h) {
        const mapping::SubMatrix& m = all[h];
        const bool last = h + 1 == all.size() || all[h + 1].chain_position == 0;
        const Core core = make_core(s, stage, m, last, input_step);
        std::vector<std::int8_t> rows;
        for (int r = m.row_begin; r < m.row_end; ++r) rows.push_back(row_value(stage, input, r, position));
        std::vector<float> counts(core.codes.cols), values(core.codes.cols);
        const analog::PackedConductances packed(core.codes);
        analog::multiply(packed, converter, {kCodeMax, s.chip.numbers.conductance_levels},
                         analog::WidenedRows(packed, 1, rows.data()).vectors(), {&image, &position},
                         {s.seed, s.instance, common::stable_hash(stage.name), m.chain_position, m.col_begin},
                         counts.data());
        analog::affine(1, core.codes.cols, counts.data(), core.affine,
                       received.empty() ? nullptr : received.data(),
                       m.chain_position > 0 ? partial_step[m.chain_position - 1] : 0, values.data());
        received.clear();
        for (int j = 0; j < core.codes.cols; ++j) {
          if (last)
            out[(m.col_begin + j) * mvm.positions() + position] = values[j];
          else
            received.push_back(analog::to_code(values[j], 1.0f / partial_step[m.chain_position], kCodeMax));
        }
      }
    }
  }
  return out;
}

std::vector<float> max_pool(const mapping::Stage& stage, const std::vector<float>& plane) {
  const mapping::MvmWork& mvm = *stage.as<mapping::MvmWork>();
  const graph::Window& w = mvm.pool->window;
  const int height = mvm.plane[1], width = mvm.plane[2];
  std::vector<float> out;
  for (int c = 0; c < stage.out_shape[0]; ++c)
    for (int y = 0; y < stage.out_shape[1]; ++y)
      for (int x = 0; x < stage.out_shape[2]; ++x) {
        float largest = -1e30f;
        for (int ky = 0; ky < w.kernel_h; ++ky)
          for (int kx = 0; kx < w.kernel_w; ++kx)
            largest =
                std::max(largest, plane[(c * height + y * w.stride_h + ky) * width + x * w.stride_w + kx]);
        out.push_back(largest);
      }
  return out;
}

/// FP16 logits of one image.
std::vector<float> reference_logits(const Setting& s, int image, const float* pixels) {
  const Calibration& c = s.calibration;
  std::vector<std::int8_t> input;
  for (int i = 0; i < graph::volume(s.map.input_shape); ++i)
    input.push_back(analog::to_code(pixels[i], 1.0f / c.input_step, kCodeMax));
  std::vector<std::vector<std::int8_t>> codes;
  for (std::size_t i = 0; i < s.map.stages.size(); ++i) {
    const mapping::Stage& stage = s.map.stages[i];
    const auto step = [&](int p) { return p == mapping::kNetworkInput ? c.input_step : c.output_step[p]; };
    const auto code = [&](int p) { return p == mapping::kNetworkInput ? input : codes[p]; };
    const mapping::MvmWork& mvm = *stage.as<mapping::MvmWork>();
    const int first = stage.inputs[0].stage;
    std::vector<float> v = sums(s, stage, c.partial_step[i], step(first), image, code(first));
    for (float& x : v) x = clamp_to(mvm.first_activation, x);
    if (stage.inputs.size() > 1) {
      const int second = stage.inputs[1].stage;
      const auto skip = code(second);
      for (std::size_t k = 0; k < v.size(); ++k)
        v[k] = analog::round_fp16(v[k] + static_cast<float>(skip[k]) * step(second));
    }
    for (float& x : v) x = clamp_to(mvm.activation, x);
    if (mvm.pool) v = max_pool(stage, v);
    if (i + 1 == s.map.stages.size()) return v;
    codes.emplace_back();
    for (float x : v) codes.back().push_back(analog::to_code(x, 1.0f / c.output_step[i], kCodeMax));
  }
  return {};
}

/// Compares three images; returns the number of sub-matrices.
void compare(Setting& s, int side, std::size_t least_submatrices) {
  const graph::Network network = test::toy_network();
  const data::Dataset data = test::toy_data(network, 20, 3);
  s.chip = test::toy_chip(side);
  s.device = config::load_device("hermes-2");
  s.map = mapping::map(graph::fold(network), s.chip);
  s.calibration = calibrate(graph::fold(network), s.map, s.chip, data.batch(0, 20));
  std::size_t submatrices = 0, pools = 0, skips = 0;
  for (const mapping::Stage& stage : s.map.stages) {
    const auto* mvm = stage.as<mapping::MvmWork>();
    ASSERT_NE(mvm, nullptr);
    submatrices += mvm->submatrices.size();
    pools += mvm->pool.has_value();
    skips += stage.inputs.size() - 1;
  }
  ASSERT_GE(submatrices, least_submatrices);
  ASSERT_EQ(pools, 1u);
  ASSERT_EQ(skips, 2u);
  const Executor executor(s.map, s.chip, s.device, s.calibration);
  const State state =
      s.time_s < 0 ? executor.ideal()
                   : executor.programmed(s.seed, s.instance, {s.time_s}, analog::Compensation::None).front();
  const int first = 40;
  const std::vector<float> logits = executor.logits(state, data.batch(0, 3), first);
  for (int image = 0; image < 3; ++image) {
    const auto wanted = reference_logits(s, first + image, data.batch(image, image + 1).values.data());
    for (std::size_t k = 0; k < wanted.size(); ++k)
      ASSERT_EQ(logits[image * wanted.size() + k], wanted[k]) << "image " << image << " logit " << k;
  }
}

TEST(Executor, EqualsThePlainLoopsWhenIdeal) {
  Setting s;
  compare(s, 64, 13);
}

TEST(Executor, EqualsThePlainLoopsOnProgrammedDevicesWithNoise) {
  Setting s;
  s.seed = 11, s.instance = 3, s.time_s = 3600;
  compare(s, 64, 13);
}

TEST(Executor, EqualsThePlainLoopsWhenColumnsAreCutToo) {
  Setting s;
  s.seed = 12, s.time_s = 60;
  compare(s, 12, 90);
}

}  // namespace
}  // namespace phasecore::numerics
