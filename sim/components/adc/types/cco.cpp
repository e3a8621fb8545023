// Current-controlled oscillators with counters behind them (Khaddam-Aljameh et al., IEEE JSSC 57(4), 2022).
#include <algorithm>
#include <cmath>

#include "sim/components/adc/adc.hpp"

namespace phasecore::adc {
namespace {

class Cco : public Type {
 public:
  std::unique_ptr<Type> clone() const override { return std::make_unique<Cco>(*this); }

  void fields(common::FieldVisitor& v) override {
    v.field({"cco_a_mhz_per_ua", "MHz/uA", "A of the oscillator f(I) = A I / (1 + B I) + C", 1e-6, 1e6},
            law_.a_mhz_per_ua);
    v.field({"cco_b_per_ua", "1/uA", "B of the oscillator", 0, 1e3}, law_.b_per_ua);
    v.field({"cco_c_mhz", "MHz", "C of the oscillator", 0, 1e6}, law_.c_mhz);
    v.field({"cco_gain_spread", "", "relative spread of A over ADCs before digital correction", 0, 0.3},
            law_.gain_spread);
    v.field({"cco_calibration_level", "",
             "fraction of full scale at which the digital gain correction is exact", 1e-3, 1},
            law_.calibration_level);
    v.field(
        {"cco_longer_pulse", "",
         "true: input pulses last until 2^bits - 1 periods fit into one; false: counts end with the pulse"},
        longer_pulse_);
    v.field(
        {"cco_mean_idle", "",
         "what an idle oscillator counts is subtracted. true: its mean over many readings, a fraction of a "
         "count included; false: a whole number, and the rest stays in every count"},
        mean_idle_);
  }

  /// An oscillator counts no more than its periods in one pulse, whatever the width of its counter.
  Law law(const Read& read) const override {
    const double counts = std::clamp<double>(std::floor(periods(read)), 1, (1 << read.bits) - 1);
    Law law{static_cast<int>(counts), law_};
    if (mean_idle_) law.oscillator->c_mhz = whole_idle_mhz(counts, read);
    return law;
  }

  double stretch(const Read& read) const override {
    constexpr double kMargin = 1 + 1e-9;  // against a last count that is lost in rounding
    return longer_pulse_ ? std::max(1.0, ((1 << read.bits) - 1) * kMargin / periods(read)) : 1;
  }

  /// It runs as long as the pulse, whatever the width of the counter behind it.
  double conversion_fj(const Read& read, const Reference& reference) const override {
    return std::ldexp(reference.fj_per_step * (read.pulse_ns / reference.pulse_ns), reference.bits);
  }

 private:
  /// Above the idle ones, at the saturation current and in one pulse.
  double periods(const Read& read) const {
    const double mhz = law_.a_mhz_per_ua * read.saturation_ua / (1 + law_.b_per_ua * read.saturation_ua);
    return mhz * 1e-3 * read.pulse_ns;
  }

  /// The C with which an idle oscillator counts a whole number, the nearest, while the nominal one counts
  /// `counts` above it: without a fraction to subtract, rounding favours neither side.
  double whole_idle_mhz(double counts, const Read& read) const {
    const double pulse_us = read.pulse_ns * 1e-3 * counts / periods(read);
    return std::rint(law_.c_mhz * pulse_us) / pulse_us;
  }

  Oscillator law_;
  bool longer_pulse_ = false, mean_idle_ = false;
};

}  // namespace

void register_cco(Types& table) {
  table.add<Cco>("cco");
}

}  // namespace phasecore::adc
