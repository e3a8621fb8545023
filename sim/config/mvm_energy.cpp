#include <cmath>

#include "sim/config/chip.hpp"

namespace phasecore::config {

double Crossbar::pulse_ns() const {
  return std::ldexp(input_lsb_ns, input_bits - 1);
}

double Crossbar::overhead_ns() const {
  return read_mode == ReadMode::OnePhase ? one_phase_overhead_ns : four_phase_overhead_ns;
}

adc::Read Chip::read_of(int adc_bits) const {
  adc::Read read{adc_bits, adc.saturation_ua, crossbar.pulse_ns()};
  read.pulse_ns *= adc.type().stretch(read);
  return read;
}

double Chip::mvm_ns(int adc_bits) const {
  const adc::Read read = read_of(adc_bits);
  return crossbar.phases() *
         (read.pulse_ns + crossbar.overhead_ns() + adc.type().conversion_ns(read, crossbar.columns));
}

MvmEnergy mvm_energy(const Chip& chip, int rows, int columns, int adc_bits) {
  const Energy& e = chip.energy;
  const double scale =
      chip.crossbar.phases() * (e.operating_point == OperatingPoint::Peak ? e.peak_factor : 1.0);
  const Reference& at = chip.reference;
  const adc::Read read = chip.read_of(adc_bits);
  const double pulse = read.pulse_ns / at.pulse_ns;
  const double voltage = chip.crossbar.read_voltage_v / at.voltage_v;
  const double cells = static_cast<double>(chip.crossbar.rows) * chip.crossbar.columns /
                       (static_cast<double>(at.rows) * at.columns);
  const double conversion_fj =
      chip.adc.type().conversion_fj(read, {e.adc_fj_per_step, at.adc_bits, at.pulse_ns});
  MvmEnergy out;
  out.array_pj = scale * pulse * voltage * voltage * e.array_fj_per_cell * rows * columns * 1e-3;
  out.dac_pj = scale * pulse * e.dac_fj_per_row * rows * 1e-3;
  out.adc_pj = scale * conversion_fj * columns * 1e-3;
  out.control_pj = cells * (e.mvm_once_pj + scale * e.mvm_fixed_pj);
  return out;
}

}  // namespace phasecore::config
