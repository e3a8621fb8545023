// A converter whose counts follow the current in a straight line.
#include <cmath>

#include "sim/components/adc/adc.hpp"

namespace phasecore::adc {
namespace {

class Linear : public Type {
 public:
  std::unique_ptr<Type> clone() const override { return std::make_unique<Linear>(*this); }
  void fields(common::FieldVisitor&) override {}
  Law law(const Read& read) const override { return {(1 << read.bits) - 1, std::nullopt}; }
  double conversion_fj(const Read& read, const Reference& reference) const override {
    return std::ldexp(reference.fj_per_step, read.bits);
  }
};

}  // namespace

void register_linear(Types& table) {
  table.add<Linear>("linear");
}

}  // namespace phasecore::adc
