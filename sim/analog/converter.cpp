#include "sim/analog/converter.hpp"

#include <algorithm>
#include <cmath>

#include "common/diagnostics.hpp"
#include "common/isa.hpp"

namespace phasecore::analog {
namespace {

/// Where a device's polarity stands in a key. The ADCs' gains share the purpose of the output noise, which
/// has none (0), and are a field of their own beside it; no device has this number.
constexpr std::uint32_t kGainField = 2;

/// Each ADC has its own gain, a property of the chip instance, the core (chain position) and the column.
std::vector<float> gain_normals(const NoiseKey& key, std::size_t columns) {
  std::vector<float> z(columns);
  common::fill_normal(
      {key.seed, common::Purpose::OutputNoise, key.instance, key.layer, key.replica, kGainField}, 0,
      static_cast<std::uint32_t>(key.chain_position), static_cast<std::uint32_t>(key.col_begin), columns,
      z.data());
  return z;
}

}  // namespace

Converter make_converter(const config::Chip& chip, const config::Device& device, int adc_bits,
                         double calibrated) {
  common::ensure(adc_bits >= 1 && adc_bits <= 24, "make_converter: ADC bits outside 1..24");
  Converter c;
  const adc::Read read = chip.read_of(adc_bits);
  const adc::Law law = chip.adc.type().law(read);
  c.max_count = law.max_count;
  c.oscillator = law.oscillator;
  c.full_scale = chip.adc.saturation_ua / (chip.crossbar.read_voltage_v * device.g_max_us);
  const double range = chip.adc.range == config::AdcRange::Bound ? chip.adc.range_bound : calibrated;
  if (range > 0) c.full_scale = std::min(c.full_scale, range);
  c.output_noise = chip.adc.output_noise * (chip.reference.voltage_v / chip.crossbar.read_voltage_v) *
                   std::sqrt(chip.reference.pulse_ns / read.pulse_ns);
  c.saturation_ua = chip.adc.saturation_ua;
  return c;
}

AdcBank::AdcBank(const Converter& c, const CodeLimits& limits, const NoiseKey& key, int cols)
    : oscillates_(c.oscillator),
      cols_(static_cast<std::size_t>(cols)),
      max_count_(static_cast<float>(c.max_count)) {
  common::ensure(c.max_count > 0 && c.full_scale > 0 && limits.input > 0 && limits.conductance > 0,
                 "AdcBank: counts, full scale, input range and levels must be positive");
  const double full_sum = static_cast<double>(limits.input) * limits.conductance * c.full_scale;
  if (!oscillates_) {
    sum_to_level_ = static_cast<float>(c.max_count / full_sum);
    noise_ = static_cast<float>(c.output_noise * c.max_count / c.full_scale);
    return;
  }
  const adc::Oscillator& o = *c.oscillator;
  common::ensure(o.a_mhz_per_ua > 0 && o.b_per_ua >= 0 && o.c_mhz >= 0 && c.saturation_ua > 0,
                 "AdcBank: the oscillator needs A > 0, B >= 0, C >= 0 and a saturation current");
  common::ensure(o.calibration_level > 0 && o.calibration_level <= 1,
                 "AdcBank: the calibration level is a fraction of full scale");
  sum_to_level_ = static_cast<float>(1 / full_sum);
  noise_ = static_cast<float>(c.output_noise / c.full_scale);
  const double bow = o.b_per_ua * c.saturation_ua;
  // The counting time T makes the nominal oscillator reach max_count above its offset at the saturation
  // current.
  const double time = c.max_count * (1 + bow) / (o.a_mhz_per_ua * c.saturation_ua);
  const double offset = o.c_mhz * time;
  bow_ = static_cast<float>(bow);
  offset_ = static_cast<float>(offset);
  rounded_offset_ = std::rint(offset_);
  const std::vector<float> z = o.gain_spread > 0 ? gain_normals(key, cols_) : std::vector<float>(cols_);
  // Two reference levels, none and the calibration level, each averaged over many readings (so the correction
  // is not rounded): at the level the corrected count is level * max_count.
  const double level = o.calibration_level;
  const double nominal_at_level = level * (1 + bow) / (1 + bow * level);
  raw_full_.resize(cols_);
  correction_.resize(cols_);
  for (std::size_t j = 0; j < cols_; ++j) {
    const double gain = std::max(1 + o.gain_spread * z[j], 0.1);  // no oscillator stops or runs backwards
    raw_full_[j] = static_cast<float>(c.max_count * gain);
    correction_[j] = static_cast<float>(level / (nominal_at_level * gain));
  }
}

void AdcBank::convert(const float* sums, const float* z, float* counts) const {
  convert({1, cols_, sums, cols_, z, cols_, counts});
}

void AdcBank::convert(CountColumns columns) const {
  common::ensure(columns.cols == cols_, "AdcBank: one converter per column");
  if (!noisy()) columns.normals = nullptr;
  const bool wide = common::isa() >= common::Isa::Avx512;
  if (!oscillates_) {
    const LinearLaw law{sum_to_level_, noise_, max_count_};
    return wide ? convert_linear_avx512(columns, law) : convert_linear_v3(columns, law);
  }
  const CcoLaw law{sum_to_level_, noise_,          max_count_,       bow_,
                   offset_,       rounded_offset_, raw_full_.data(), correction_.data()};
  return wide ? convert_cco_avx512(columns, law) : convert_cco_v3(columns, law);
}

}  // namespace phasecore::analog
