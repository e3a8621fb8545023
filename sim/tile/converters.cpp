#include "sim/tile/converters.hpp"

#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "common/diagnostics.hpp"

namespace phasecore::tile {
namespace {

constexpr int kFewestBits = 2, kMostBits = 20;  // beyond, a step is lost in float32
constexpr float kOff = -1;
constexpr double kMostPolarityError = 0.9;  // as crossbar.polarity_error of chips
constexpr double kWireOhm = 0.35;           // of one cell's wire, as in aihwkit

constexpr struct {
  InputScale value;
  const char* name;
} kScales[] = {{InputScale::None, "none"}, {InputScale::Largest, "largest"}, {InputScale::AbsMax, "abs-max"}};

float resolution(int bits) {
  return static_cast<float>(1.0 / (std::ldexp(1.0, bits) - 2));
}

void check_bits(const char* option, int bits, common::Diagnostics& problems) {
  if (bits != 0 && (bits < kFewestBits || bits > kMostBits))
    problems.add({}, fmt::format("{} is {}; allowed are {} to {}, and 0 for a perfect one", option, bits,
                                 kFewestBits, kMostBits));
}

}  // namespace

InputScale parse_input_scale(const std::string& text) {
  std::vector<std::string> allowed;
  for (const auto& scale : kScales) {
    if (text == scale.name) return scale.value;
    allowed.emplace_back(scale.name);
  }
  throw common::InputError("unknown input scale '" + text + "'; allowed are none, largest, abs-max" +
                           common::did_you_mean(text, allowed));
}

const char* name_of(InputScale scale) {
  for (const auto& known : kScales)
    if (known.value == scale) return known.name;
  throw common::InternalError("an input scale without a name");
}

void check(const Converters& c) {
  common::Diagnostics problems;
  check_bits("--dac-bits", c.dac_bits, problems);
  check_bits("--adc-bits", c.adc_bits, problems);
  if (c.out_bound && !(*c.out_bound > 0 && std::isfinite(*c.out_bound)))
    problems.add({}, fmt::format("--out-bound is {}; allowed is more than 0", *c.out_bound));
  if (!(c.out_noise >= 0 && std::isfinite(c.out_noise)))
    problems.add({}, fmt::format("--out-noise is {}; allowed is 0 or more", c.out_noise));
  if (c.out_quantile && !(*c.out_quantile > 0 && *c.out_quantile <= 1))
    problems.add({},
                 fmt::format("--range-quantile is {}; allowed is more than 0, at most 1", *c.out_quantile));
  if (c.out_quantile && c.out_bound)
    problems.add({}, "--out-bound and --range-quantile both say how far outputs go; give one of them");
  if (!(c.polarity_error >= 0 && c.polarity_error <= kMostPolarityError))
    problems.add(
        {}, fmt::format("--polarity-error is {}; allowed are 0 to {}", c.polarity_error, kMostPolarityError));
  if (c.polarity_error > 0 && c.read_mode == config::ReadMode::FourPhase)
    problems.add({},
                 "--polarity-error belongs to --read-mode 1-phase: four phases read each polarity by itself");
  const bool bounded = c.out_bound || c.out_quantile;
  if (c.adc_bits != 0 && !bounded) problems.add({}, "--adc-bits needs an output bound: its range");
  if (c.iterative_bound && !bounded) problems.add({}, "--bound-management iterative needs an output bound");
  problems.raise_if_any();
}

analog::AihwkitIo perfect_io() {
  analog::AihwkitIo io;
  io.input_bound = io.output_bound = kOff;
  return io;
}

analog::AihwkitIo io_of(const Converters& c, double g_max_us) {
  analog::AihwkitIo io = perfect_io();
  if (c.dac_bits != 0) {
    io.input_bound = 1;
    io.input_resolution = resolution(c.dac_bits);
  }
  if (c.out_bound) io.output_bound = static_cast<float>(*c.out_bound);
  io.output_resolution = c.adc_bits != 0 ? resolution(c.adc_bits) : kOff;
  io.output_noise = static_cast<float>(c.out_noise);
  io.scale_by_abs_max = c.input_scale == InputScale::AbsMax;
  io.iterative_bound = c.iterative_bound;
  if (c.ir_drop) {
    io.ir_drop = 1;
    io.ir_drop_g_ratio = static_cast<float>(1 / (kWireOhm * g_max_us * 1e-6));
  }
  io.lines.limit = c.line_limit.value_or(0);
  io.lines.one_phase = c.read_mode == config::ReadMode::OnePhase;
  io.lines.polarity_error = c.polarity_error;
  return io;
}

}  // namespace phasecore::tile
