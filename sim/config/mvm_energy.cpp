#include <cmath>

#include "sim/config/chip.hpp"

namespace phasecore::config {

double Crossbar::pulse_ns() const {
  return std::ldexp(input_lsb_ns, input_bits - 1);
}

double Crossbar::mvm_ns() const {
  const double overhead = read_mode == ReadMode::OnePhase ? one_phase_overhead_ns : four_phase_overhead_ns;
  return phases() * (pulse_ns() + overhead);
}

MvmEnergy mvm_energy(const Chip& chip, int rows, int columns, int adc_bits) {
  const Energy& e = chip.energy;
  const double scale =
      chip.crossbar.phases() * (e.operating_point == OperatingPoint::Peak ? e.peak_factor : 1.0);
  const double pulse = std::ldexp(1.0, chip.crossbar.input_bits - 8);  // the keys hold at 8 input bits
  MvmEnergy out;
  out.array_pj = scale * pulse * e.array_fj_per_cell * rows * columns * 1e-3;
  out.dac_pj = scale * pulse * e.dac_fj_per_row * rows * 1e-3;
  out.adc_pj = scale * std::ldexp(e.adc_fj_per_step, adc_bits) * columns * 1e-3;
  out.control_pj = e.mvm_once_pj + scale * e.mvm_fixed_pj;
  return out;
}

}  // namespace phasecore::config
