// Successive approximation behind a sample-and-hold: one comparison per bit, and columns that take turns.
#include <algorithm>
#include <cmath>

#include "sim/components/adc/adc.hpp"

namespace phasecore::adc {
namespace {

class Sar : public Type {
 public:
  std::unique_ptr<Type> clone() const override { return std::make_unique<Sar>(*this); }

  void fields(common::FieldVisitor& v) override {
    v.field({"sar_fom_fj_per_step", "fJ",
             "Walden's figure of merit: energy of a conversion over 2^bits; takes the place of "
             "energy.adc_fj_per_step",
             1e-3, 1e9},
            fom_fj_per_step_);
    v.field({"sar_bit_ns", "ns",
             "time of one comparison; a conversion takes bits + 1 of them, one for the sign", 1e-6, 1e6},
            bit_ns_);
    v.field({"sar_columns_per_adc", "", "columns that take turns at one converter, so rounds of a phase", 1,
             4096},
            columns_per_adc_);
    v.field({"sar_mm2", "mm2", "silicon of one converter, beside area.core_mm2", 0, 1e2}, mm2_);
  }

  Law law(const Read& read) const override { return {(1 << read.bits) - 1, std::nullopt}; }

  double conversion_ns(const Read& read, int columns) const override {
    return std::min(columns_per_adc_, columns) * (read.bits + 1) * bit_ns_;
  }

  double area_mm2(int columns) const override {
    const int converters = (columns + columns_per_adc_ - 1) / columns_per_adc_;
    return converters * mm2_;
  }

  /// Walden, IEEE JSAC 17(4), 1999: FoM = P / (2^bits f), so E = FoM 2^bits.
  double conversion_fj(const Read& read, const Reference& /*of another type*/) const override {
    return std::ldexp(fom_fj_per_step_, read.bits);
  }

 private:
  double fom_fj_per_step_ = 0, bit_ns_ = 0, mm2_ = 0;
  int columns_per_adc_ = 1;
};

}  // namespace

void register_sar(Types& table) {
  table.add<Sar>("sar");
}

}  // namespace phasecore::adc
