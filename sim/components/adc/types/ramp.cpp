// Single-slope converters behind a sample-and-hold: a ramp that all columns share goes through the counts.
#include <cmath>

#include "sim/components/adc/adc.hpp"

namespace phasecore::adc {
namespace {

class Ramp : public Type {
 public:
  std::unique_ptr<Type> clone() const override { return std::make_unique<Ramp>(*this); }

  void fields(common::FieldVisitor& v) override {
    v.field(
        {"ramp_step_ns", "ns", "time of one of the ramp's 2^bits steps, which follow the pulse", 1e-6, 1e6},
        step_ns_);
  }

  Law law(const Read& read) const override { return {(1 << read.bits) - 1, std::nullopt}; }

  double conversion_ns(const Read& read, int /*columns*/) const override {
    return std::ldexp(step_ns_, read.bits);
  }

  double conversion_fj(const Read& read, const Reference& reference) const override {
    return std::ldexp(reference.fj_per_step, read.bits);
  }

 private:
  double step_ns_ = 0;
};

}  // namespace

void register_ramp(Types& table) {
  table.add<Ramp>("ramp");
}

}  // namespace phasecore::adc
